import Synchronization
import Workshop

/// Tells a person how a download goes.
final class PullWatcher: Sendable {
    private let console: Console
    private let state: Mutex<State>

    private struct State {
        var line: ProgressLine
        let start = ContinuousClock.now
        /// Bytes that were here before this run.
        var before: Int?
    }

    init(_ console: Console) {
        self.console = console
        state = Mutex(State(line: ProgressLine(console)))
    }

    func take(_ event: PulledModelEvent) {
        state.withLock { state in
            switch event {
            case .began(let files, let bytes): console.say("\(files) files, \(Figures.bytes(bytes))")
            case .progress(let path, let received, let total):
                let before = state.before ?? received
                state.before = min(before, received)
                let seconds = (ContinuousClock.now - state.start) / .seconds(1)
                let speed = seconds > 0 ? Double(received - before) / seconds : 0
                state.line.show(
                    "fetching", done: received >> 20, of: total >> 20,
                    rate: "MiB, \(Figures.bytes(Int(max(0, speed))))/s",
                    secondsLeft: speed > 0 ? Double(total - received) / speed : .infinity, detail: path)
            case .notice(let text):
                state.line.clear()
                console.say(text)
            }
        }
    }

    /// Takes the progress line away; calling it again does nothing.
    func finish() { state.withLock { $0.line.clear() } }
}
