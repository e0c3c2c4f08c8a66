import Masking
import VisibleText

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension Command {
    /// Does what a command line asks for, and answers the exit code: 64 for wrong usage, 1 when the command throws, 2 when help
    /// or the like can't be written, with a line on standard error that names the command and the error.
    package func execute(arguments: [String], environment: [String: String]) async -> Int32 {
        switch resolve(arguments: arguments, environment: environment) {
        case .print(let text):
            // Whoever closed the pipe has had enough.
            guard let code = write(text, to: STDOUT_FILENO), code != EPIPE else { return 0 }
            write("\(name): its output can't be written: \(String(cString: strerror(code)))\n", to: STDERR_FILENO)
            return 2
        case .usage(let text):
            write(Masked.text(text) + "\n", to: STDERR_FILENO)
            return UsageError.exitCode
        case .run(let command, let parsed):
            do {
                let code = try await command.run?(parsed) ?? 0
                // Whoever closed the pipe has had enough; a full disk is a failure.
                guard fflush(nil) == 0 || errno == EPIPE else {
                    let reason = String(cString: strerror(errno))
                    write(
                        "\(parsed.path.joined(separator: " ")): its output can't be written: \(reason)\n",
                        to: STDERR_FILENO)
                    return max(code, 1)
                }
                return code
            } catch let error as UsageError {
                write(Masked.text(Self.usageText(path: parsed.path, error)) + "\n", to: STDERR_FILENO)
                return UsageError.exitCode
            } catch {
                // An error may quote what other systems wrote, and addresses with passwords.
                let text = "\(parsed.path.joined(separator: " ")): \(Masked.text("\(error)"))\n"
                write(text.printable(keepingLines: true), to: STDERR_FILENO)
                return 1
            }
        }
    }
}

/// Writes everything, or as much as the descriptor takes; then answers why (`errno`).
@discardableResult
private func write(_ text: String, to descriptor: Int32) -> Int32? {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count > 0 {
            bytes.removeFirst(count)
        } else if count == 0 || errno != EINTR {
            return count == 0 ? EIO : errno
        }
    }
    return nil
}
