import Recipes
import Synchronization
import Workshop

/// Tells a person how a generation goes: progress, previews, paths, and the pictures themselves where they can be shown.
///
/// Events come on the device's thread, the end on the verb's; a mutex keeps the progress line whole.
final class GenerationWatcher: Sendable {
    private let console: Console
    private let workshop: Workshop
    private let isShowing: Bool
    private let state: Mutex<State>

    private struct State {
        var line: ProgressLine
        /// Lines of the preview on the terminal, to be painted over.
        var previewLines = 0
    }

    init(_ console: Console, _ workshop: Workshop, isShowing: Bool?) {
        (self.console, self.workshop) = (console, workshop)
        self.isShowing =
            isShowing ?? (console.output.hasColors && console.messages.isTerminal && !console.isQuiet)
            && !console.isJSON
        state = Mutex(State(line: ProgressLine(console)))
    }

    func take(_ event: GenerationEvent) {
        state.withLock { state in
            switch event {
            case .started, .finished: break
            case .step(let step):
                let rate = step.seconds > 0 ? Figures.rate(1 / step.seconds, "steps/s") : ""
                state.line.show(
                    "drawing", done: step.step, of: step.steps, rate: rate, secondsLeft: step.secondsLeft)
            case .preview(_, let png):
                guard isShowing, console.messages.isTerminal, let text = text(png: png) else { return }
                clear(&state)
                console.messages.write(text)
                state.previewLines = text.count { $0 == "\n" }
            case .notice(let text):
                clear(&state)
                console.say(text)
            case .picture(let picture):
                clear(&state)
                console.show(console.isQuiet ? picture.path : "\(picture.path)  seed \(picture.seed)")
                if isShowing, let png = workshop.bytes(of: picture), let text = text(png: png) {
                    console.output.write(text)
                }
            }
        }
    }

    /// Takes the progress line away; calling it again does nothing.
    func finish() { state.withLock { clear(&$0) } }

    private func clear(_ state: inout State) {
        state.line.clear()
        if state.previewLines > 0 {
            console.messages.write("\u{1B}[\(state.previewLines)A\u{1B}[J")
            state.previewLines = 0
        }
    }

    private func text(png: [UInt8]) -> String? {
        workshop.terminalPicture(
            png: png, columns: min(48, console.output.columns), trueColor: console.output.hasTrueColor)
    }
}
