import Testing

@testable import Diagnostics

@Suite struct NearestNameTests {
    @Test func aTypoFindsItsName() {
        let known = ["euler", "euler_ancestral", "heun", "dpmpp_2m", "ddim"]
        #expect(NearestName.nearest(to: "eulr", among: known) == ["euler"])
        #expect(NearestName.nearest(to: "DPMPP-2M", among: known) == ["dpmpp_2m"])
        #expect(NearestName.nearest(to: "something else", among: known).isEmpty)
        #expect(NearestName.suggestion(for: "huen", among: known) == "did you mean \"heun\"?")
    }

    @Test(arguments: [("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3)])
    func editDistance(left: String, right: String, expected: Int) {
        #expect(NearestName.editDistance(Array(left), Array(right)) == expected)
    }

    @Test func adviceIsPartOfTheDescription() {
        struct Oops: ActionableError {
            let summary = "`a.png`: 3 bytes, expected a PNG."
            let advice = ["Check the file."]
        }
        #expect("\(Oops())" == "`a.png`: 3 bytes, expected a PNG.\n  → Check the file.")
    }
}
