import Application
import Glibc
import ServiceHost

// Before anything else, so that no signal finds the process unprepared.
let shutdown = ShutdownSignal()
exit(await Orderlog.run(Array(CommandLine.arguments.dropFirst()), shutdown: shutdown))
