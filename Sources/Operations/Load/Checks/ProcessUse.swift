import Glibc

/// What a process has used, with those that it started.
package struct ProcessUse: Sendable {
    package var pid: Int32
    /// The program's name, and what follows it where that tells which part it is.
    package var name: String
    /// Of processor time, since it was started.
    package var cpuMilliseconds: Int64
    /// Bytes in memory.
    package var resident: Int64
}

/// Finds processes of this machine and what they use, in /proc.
package enum Processes {
    /// Processes that are looked at, at most.
    private static let most = 100_000

    /// Those that listen at one of the ports. Those of others are not seen without the right to.
    package static func listening(at ports: Set<Int>) -> [Int32] {
        let sockets = listeningSockets(at: ports)
        guard !sockets.isEmpty else { return [] }
        return all().filter { pid in
            entries(of: "/proc/\(pid)/fd").contains { entry in
                guard let link = link("/proc/\(pid)/fd/\(entry)") else { return false }
                return sockets.contains(link)
            }
        }.sorted()
    }

    /// What each of them has used, its children included; one that is gone is left out.
    package static func use(of pids: [Int32]) -> [ProcessUse] {
        var parents: [Int32: [Int32]] = [:]
        for pid in all() {
            if let stat = Stat(pid) { parents[stat.parent, default: []].append(pid) }
        }
        return pids.compactMap { pid in
            guard let stat = Stat(pid) else { return nil }
            var use = ProcessUse(pid: pid, name: name(of: pid), cpuMilliseconds: 0, resident: 0)
            var rest = [pid]
            while let next = rest.popLast() {
                guard let stat = next == pid ? stat : Stat(next) else { continue }
                use.cpuMilliseconds += stat.ticks * 1_000 / Int64(sysconf(Int32(_SC_CLK_TCK)))
                use.resident += stat.pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
                rest += parents[next] ?? []
            }
            return use
        }
    }

    private struct Stat {
        var parent: Int32
        /// Its own and that of children that ended.
        var ticks: Int64
        var pages: Int64

        init?(_ pid: Int32) {
            // The name in brackets may hold anything.
            guard let text = Processes.read("/proc/\(pid)/stat"), let bracket = text.lastIndex(of: ")") else {
                return nil
            }
            let fields = text[bracket...].split(separator: " ")
            guard fields.count > 22, let parent = Int32(fields[2]) else { return nil }
            self.parent = parent
            ticks = (12...15).reduce(0) { $0 + (Int64(fields[$1]) ?? 0) }
            pages = Int64(fields[22]) ?? 0
        }
    }

    private static func name(of pid: Int32) -> String {
        let words = (read("/proc/\(pid)/cmdline") ?? "").split(separator: "\0").prefix(3)
        guard let program = words.first?.split(separator: "/").last else { return "process \(pid)" }
        // `orderlog serve order`, but no option, which may hold a secret.
        return ([String(program)] + words.dropFirst().prefix { !$0.contains { "-=/:".contains($0) } }.map(String.init))
            .joined(separator: " ")
    }

    /// `socket:[INODE]` of each socket that listens at one of the ports.
    private static func listeningSockets(at ports: Set<Int>) -> Set<String> {
        var sockets: Set<String> = []
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in (read(table) ?? "").split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                guard fields.count > 9, fields[3] == "0A", let colon = fields[1].lastIndex(of: ":"),
                    let port = Int(fields[1][colon...].dropFirst(), radix: 16), ports.contains(port)
                else { continue }
                sockets.insert("socket:[\(fields[9])]")
            }
        }
        return sockets
    }

    private static func all() -> [Int32] { entries(of: "/proc").compactMap { Int32($0) } }

    private static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while names.count < most, let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }

    private static func link(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }

    /// The first MiB.
    fileprivate static func read(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
