import CLinux
import Glibc

/// What is in the memory of a service (customers, passwords, keys) is for no file.
enum ProcessMemory {
    /// From now on the system writes no core dump of this process, whatever its limits and handlers are, and other programs of the
    /// same account can't read its memory or its environment (`PR_SET_DUMPABLE`, prctl(2)). A debugger of theirs can't either.
    ///
    /// A crash ends it at once. Swift's own report of one would show the bytes that its registers point to, in the log; and a signal
    /// that was sent, as `kill -ABRT` does, would end nothing once it was reported.
    static func keepToItself() {
        _ = clinux_forbid_dumps()
        for crash in [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] { signal(crash, SIG_DFL) }
    }
}
