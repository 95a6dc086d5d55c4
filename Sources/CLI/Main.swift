import Foundation
import Workshop

/// The street door: arguments in, exit status out.
@main
enum Main {
    static func main() {
        Workshop.prepareProcess()
        Signals.ignoreBrokenPipes()
        let stopping = Signals.block()
        let arguments = Array(CommandLine.arguments.dropFirst())
        // Detached: this thread is about to wait for signals and can run nothing else.
        let work = Task.detached {
            let status = await Door.enter(with: arguments)
            // Nothing waits in buffers, since the console writes at once. The tensor engine's threads need no farewell.
            _exit(status)
        }
        Signals.wait(for: stopping) { work.cancel() }
    }
}
