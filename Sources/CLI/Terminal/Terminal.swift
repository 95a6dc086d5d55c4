import Foundation

/// One of the two ways out: standard output or standard error.
struct Terminal: Sendable {
    static let output = Terminal(descriptor: STDOUT_FILENO)
    static let messages = Terminal(descriptor: STDERR_FILENO)

    let descriptor: Int32

    /// True when a person may be watching.
    var isTerminal: Bool { isatty(descriptor) == 1 && environment("TERM") != "dumb" }

    /// True when colours are welcome (https://no-color.org).
    var hasColors: Bool { isTerminal && (environment("NO_COLOR") ?? "").isEmpty }

    /// True for 24-bit colours; otherwise xterm's 256 are a safe guess.
    var hasTrueColor: Bool { ["truecolor", "24bit"].contains(environment("COLORTERM")) }

    /// Characters across.
    var columns: Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environment("COLUMNS").flatMap { Int($0) } ?? 80
    }

    /// Writes the whole text.
    ///
    /// A reader who has gone away is no error: the work goes on, unheard.
    func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    private func environment(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }
}
