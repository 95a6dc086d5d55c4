import Testing

@testable import CLI

@Suite struct TerminalTests {
    private func line(_ columns: Int) -> String {
        ProgressLine.line(
            "drawing", done: 12, of: 25, rate: "9.8 steps/s", secondsLeft: 1.3, detail: "loss 0.03",
            columns: columns)
    }

    @Test func theLineFitsEveryWidth() {
        for columns in 0...200 { #expect(line(columns).count <= columns) }
        #expect(
            line(79).contains("12/25") && line(79).contains("9.8 steps/s") && line(79).contains("0:01 left"))
        #expect(line(79).contains("━") && line(39).contains("12/25") && line(39).contains("left"))
    }

    @Test(arguments: [
        (0.4, "0:00"), (7, "0:07"), (750, "12:30"), (11_100, "3:05:00"), (187_200, "2d 4h"), (-1, "–"),
        (.infinity, "–"), (.nan, "–"),
    ])
    func clocks(seconds: Double, text: String) { #expect(ProgressLine.clock(seconds) == text) }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1234, "-1,234")])
    func groups(number: Int, text: String) { #expect(ProgressLine.grouped(number) == text) }

    @Test func figuresAreShort() {
        #expect(Figures.bytes(512) == "512 B" && Figures.bytes(3_400_000) == "3.4 MB")
        #expect(Figures.count(950) == "950" && Figures.count(8_100_000) == "8.1 M")
        #expect(Figures.seconds(0.043) == "0.043 s" && Figures.seconds(12.44) == "12.4 s")
        #expect(Figures.rate(0.42, "x/s") == "0.42 x/s" && Figures.rate(127.4, "x/s") == "127 x/s")
    }

    @Test func parserMessagesAreTakenApart() {
        let error = UsageError(
            parserMessage: """
                Error: Unknown option '--stesp'. Did you mean '--steps'?
                Usage: darkroom generate [<options>] <prompt>
                  See 'darkroom generate --help' for more information.
                """)
        #expect(error.summary == "unknown option '--stesp'")
        #expect(error.advice.first == "did you mean '--steps'?")
        #expect(error.advice.last == "darkroom generate --help lists all options")
    }
}
