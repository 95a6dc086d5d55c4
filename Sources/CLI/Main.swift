import Foundation

/// The street door: arguments in, exit status out.
@main
enum Main {
    static func main() {
        Signals.ignoreBrokenPipes()
        let stopping = Signals.block()
        let arguments = Array(CommandLine.arguments.dropFirst())
        let work = Task {
            let status = await Door.enter(with: arguments)
            // The tensor engine's threads need no farewell, and running its destructors takes time.
            fflush(nil)
            _exit(status)
        }
        Signals.wait(for: stopping) { work.cancel() }
    }
}
