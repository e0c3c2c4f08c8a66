import CSpawn
package import Foundation
import Synchronization

/// A child process, with the names of Foundation's `Process`, which tests can't use: beside more than some 1,300 open files it
/// reads past the end of its list of them and now and then dies of it, and it keeps the files of its children for good.
///
/// Set up and started by one thread; from then on only what the mutex guards changes.
package final class ChildProcess: @unchecked Sendable {
    package enum TerminationReason: Sendable { case exit, uncaughtSignal }

    package var executableURL: URL?
    package var arguments: [String] = []
    /// nil: this process's.
    package var environment: [String: String]?
    package var currentDirectoryURL: URL?
    /// A `Pipe` or a `FileHandle`; nil: this process's. The child's end of a pipe is closed here when it has started.
    package var standardInput: Any?
    package var standardOutput: Any?
    package var standardError: Any?
    package private(set) var processIdentifier: Int32 = 0

    /// As `waitpid` tells it, once the child has ended.
    private let status = Mutex<Int32?>(nil)

    package init() {}

    /// Whoever ends is collected, so that no zombie stays.
    deinit {
        guard processIdentifier > 0, isRunning else { return }
        let child = processIdentifier
        Thread.detachNewThread { _ = waitpid(child, nil, 0) }
    }

    /// Starts it, with no other open file than its three. Throws what the system says.
    package func run() throws {
        guard let path = executableURL?.path else { throw CocoaError(.fileNoSuchFile) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let childEnds = [
            add(standardInput, to: &actions, as: 0, O_RDONLY), add(standardOutput, to: &actions, as: 1, O_WRONLY),
            add(standardError, to: &actions, as: 2, O_WRONLY),
        ]
        if let folder = currentDirectoryURL?.path { posix_spawn_file_actions_addchdir_np(&actions, folder) }
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        let environment = environment ?? ProcessInfo.processInfo.environment
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + variables { free(text) } }
        let failure = posix_spawn(&processIdentifier, path, &actions, &attributes, words, variables)
        for end in childEnds { try? end?.close() }
        guard failure == 0 else {
            processIdentifier = 0
            throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EIO)
        }
    }

    /// Answers the child's end of a pipe.
    private func add(
        _ stream: Any?, to actions: inout posix_spawn_file_actions_t, as descriptor: Int32, _ mode: Int32
    ) -> FileHandle? {
        switch stream {
        case let pipe as Pipe:
            let end = descriptor == 0 ? pipe.fileHandleForReading : pipe.fileHandleForWriting
            posix_spawn_file_actions_adddup2(&actions, end.fileDescriptor, descriptor)
            return end
        case let handle as FileHandle where handle === FileHandle.nullDevice:
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", mode, 0)
        case let handle as FileHandle:
            posix_spawn_file_actions_adddup2(&actions, handle.fileDescriptor, descriptor)
        default: break
        }
        return nil
    }

    package var isRunning: Bool {
        status.withLock { status in
            guard status == nil, processIdentifier > 0 else { return false }
            var ended: Int32 = 0
            guard waitpid(processIdentifier, &ended, WNOHANG) == processIdentifier else { return true }
            status = ended
            return false
        }
    }

    /// Blocks the thread.
    package func waitUntilExit() {
        var information = siginfo_t()
        // It is collected below, under the mutex.
        while isRunning, waitid(P_PID, id_t(processIdentifier), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        _ = isRunning
    }

    package func terminate() { kill(processIdentifier, SIGTERM) }

    /// The exit code, or the signal that ended it; -1 while it runs.
    package var terminationStatus: Int32 {
        guard !isRunning, let status = status.withLock(\.self) else { return -1 }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : status & 0x7F
    }

    package var terminationReason: TerminationReason {
        status.withLock { ($0 ?? 0) & 0x7F == 0 ? .exit : .uncaughtSignal }
    }
}
