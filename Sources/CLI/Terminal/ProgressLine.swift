/// One line at the foot of the terminal that says how far the work is, how fast, and how long it will take.
///
/// Off a terminal it draws nothing.
struct ProgressLine {
    private let terminal: Terminal
    private let isOn: Bool
    private var lastDrawing: ContinuousClock.Instant?

    init(_ console: Console) {
        terminal = console.messages
        isOn = console.messages.isTerminal && !console.isQuiet
    }

    /// Draws the line anew, at most twenty times a second.
    ///
    /// `label` says what is going on; `detail` what else is known, left out first where the terminal is narrow.
    mutating func show(
        _ label: String, done: Int, of total: Int, rate: String, secondsLeft: Double, detail: String = ""
    ) {
        guard isOn else { return }
        let now = ContinuousClock.now
        if done < total, let lastDrawing, now - lastDrawing < .milliseconds(50) { return }
        lastDrawing = now
        let line = Self.line(
            label, done: done, of: total, rate: rate, secondsLeft: secondsLeft, detail: detail,
            columns: terminal.columns - 1)
        terminal.write("\r\u{1B}[K" + line)
    }

    /// Removes the line, so that something else can be written in its place.
    mutating func clear() {
        guard isOn, lastDrawing != nil else { return }
        terminal.write("\r\u{1B}[K")
        lastDrawing = nil
    }

    /// The text of the line, never longer than `columns`.
    ///
    /// What does not fit goes in this order: the detail, the bar, the label, the rate.
    static func line(
        _ label: String, done: Int, of total: Int, rate: String, secondsLeft: Double, detail: String,
        columns: Int
    ) -> String {
        let share = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
        let count = "\(grouped(done))/\(grouped(total))"
        let left = "\(clock(secondsLeft)) left"
        let barWidth = 24
        let bar = String(repeating: "━", count: Int((share * Double(barWidth)).rounded()))
        let track = bar + String(repeating: "╌", count: barWidth - bar.count)
        let choices = [
            [label, track, count, rate, left, detail], [label, track, count, rate, left],
            [label, count, rate, left], [count, rate, left], [count, left],
        ]
        let lines = choices.map { $0.filter { !$0.isEmpty }.joined(separator: "  ") }
        return lines.first { $0.count <= columns } ?? String(count.prefix(max(0, columns)))
    }

    /// 1234567 as `1,234,567`.
    static func grouped(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// Seconds as `0:07`, `12:30`, `3:05:00`, `2d 4h`.
    static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
        let whole = Int(seconds.rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if hours >= 48 { return "\(hours / 24)d \(hours % 24)h" }
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }
}
