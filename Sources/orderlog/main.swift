import Application
import Glibc
import ServiceLife

// Before anything else, so that no signal finds the process unprepared.
guard let shutdown = ShutdownSignal() else {
    let line = "orderlog: the system has no pipe or no thread to wait for signals with; see ulimit -a\n"
    write(STDERR_FILENO, line, line.utf8.count)
    exit(1)
}
exit(await Orderlog.run(Array(CommandLine.arguments.dropFirst()), shutdown: shutdown))
