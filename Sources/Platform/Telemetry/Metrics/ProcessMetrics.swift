internal import Glibc

/// What every Prometheus library tells of its process, under its names, and which build it is.
package enum ProcessMetrics {
    /// `commit`: of the sources; empty where that is not known.
    package static func add(to metrics: Metrics, version: String, commit: String) {
        metrics.gauge("orderlog_build_info", "Which build this is.", labels: ["version", "commit"]) {
            [([version, commit], 1)]
        }
        metrics.counter("process_cpu_seconds", "Processor time of this process.", unit: "seconds") {
            seconds(CLOCK_PROCESS_CPUTIME_ID)
        }
        metrics.gauge("process_resident_memory_bytes", "Memory that is really there.", unit: "bytes") {
            field("/proc/self/statm", 1).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
        }
        metrics.gauge("process_virtual_memory_bytes", "Addresses that are taken.", unit: "bytes") {
            field("/proc/self/statm", 0).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
        }
        metrics.gauge("process_open_fds", "File descriptors that are open.") { openDescriptors }
        metrics.gauge("process_max_fds", "File descriptors that may be open.") {
            var limit = rlimit()
            return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? Double(limit.rlim_cur) : nil
        }
        let start = startTime
        metrics.gauge("process_start_time_seconds", "When it started, since 1970.", unit: "seconds") { start }
        // The 20th of proc_pid_stat(5); what is before the process's name does not count here.
        metrics.gauge("process_threads", "Threads.") { statField(20) }
    }

    private static var startTime: Double? {
        // The 22nd field, in ticks since the machine's start.
        guard let ticks = statField(22) else { return nil }
        return seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME) + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static var openDescriptors: Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Itself, `.` and `..`.
        return Double(count - 3)
    }

    /// Of /proc/self/stat, counted from 1 as its page does. The name, the second, may hold spaces and parentheses.
    private static func statField(_ number: Int) -> Double? {
        guard let text = read("/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let rest = text[text.index(after: end)...].split(separator: " ")
        return rest.indices.contains(number - 3) ? Double(rest[number - 3]) : nil
    }

    private static func field(_ path: String, _ index: Int) -> Double? {
        guard let fields = read(path)?.split(separator: " "), fields.indices.contains(index) else { return nil }
        return Double(fields[index])
    }

    /// A small file of the kernel's, as it is at this moment: reading it waits for nothing.
    private static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
