import Images
import Tensors
import Testing

@testable import Insight

@Suite("Sums of words")
struct ConceptTests {
    /// Two axes with a meaning, royal and female, and some noise rows.
    static func tiny() throws -> WordSpace {
        let rows: [(String, [Float])] = [
            ("[PAD]", [0, 0, 0, 0]), ("[unused0]", [1, 1.05, 0, 0.05]), ("man", [0, 0, 1, 0]),
            ("woman", [0, 1, 1, 0]), ("king", [1, 0, 1, 0]), ("queen", [1, 1, 1, 0.3]),
            ("##een", [1, 1, 1, 0]),
            ("princess", [0.8, 1.1, 0.9, -0.5]), ("table", [0, 0, 0.1, 1]), ("1984", [1, 1, 1, 0.1]),
        ]
        return try WordSpace(
            table: Tensor(rows.flatMap(\.1), shape: [rows.count, 4]), words: rows.map(\.0))
    }

    @Test(
        "Expressions are read as they are meant",
        arguments: [
            ("king - man + woman", [("king", 1.0), ("man", -1), ("woman", 1)]),
            ("king−man+woman", [("king", 1), ("man", -1), ("woman", 1)]),
            ("  - Rain + SUN ", [("rain", -1), ("sun", 1)]),
            ("0.5*sea + 2 × sky", [("sea", 0.5), ("sky", 2)]),
            ("café", [("cafe", 1)]), ("a - .25 * b", [("a", 1), ("b", -0.25)]),
        ] as [(String, [(String, Double)])])
    func parsing(text: String, expected: [(String, Double)]) throws {
        let terms = try ConceptExpression(parsing: text).terms
        #expect(terms.map(\.word) == expected.map(\.0))
        #expect(terms.map(\.weight) == expected.map(\.1))
    }

    @Test("An expression written again reads the same")
    func roundTrip() throws {
        for text in ["king - man + woman", "-rain + 0.5*sun", "2*a - 3*b + a", "x"] {
            let expression = try ConceptExpression(parsing: text)
            #expect(expression.text == text)
            #expect(try ConceptExpression(parsing: expression.text) == expression)
        }
        #expect(try ConceptExpression(parsing: "a + b - a").words == ["a", "b"])
    }

    @Test(
        "What cannot be read is pointed at",
        arguments: [
            ("", 1, "there is nothing in it"), ("   ", 4, "there is nothing in it"),
            ("king queen", 6, "expected + or − before \"q\""),
            ("king + ", 8, "expected a word, found the end"),
            ("king - * man", 8, "expected a word, found \"*\""),
            ("2 king", 3, "expected a star between the weight and its word"),
            ("0*king", 1, "expected a weight above 0, at most 1000, found \"0\""),
            ("1.2.3*king", 1, "expected a weight above 0, at most 1000, found \"1.2.3\""),
            ("(king)", 1, "expected a word, found \"(\""), ("king ! man", 6, "expected + or − before \"!\""),
        ])
    func unreadable(text: String, position: Int, problem: String) {
        #expect(throws: InsightError.unreadableExpression(text, position: position, problem: problem)) {
            try ConceptExpression(parsing: text)
        }
    }

    @Test("An expression without end is refused, not worked on")
    func long() {
        #expect(throws: InsightError.self) {
            try ConceptExpression(parsing: Array(repeating: "a", count: 65).joined(separator: "+"))
        }
        #expect(throws: InsightError.self) {
            try ConceptExpression(parsing: String(repeating: "-", count: 10_000))
        }
    }

    @Test("king − man + woman is queen; the inputs are left out, and let in told apart")
    func queen() throws {
        let answer = try ConceptAnswer(
            ConceptExpression(parsing: "king - man + woman"), in: Self.tiny(), count: 3)
        #expect(answer.nearest.map(\.word) == ["queen", "princess", "table"])
        #expect(Set(answer.nearestOfAll.map(\.word)).isDisjoint(with: ["[unused0]", "##een", "1984"]))
        #expect(answer.nearest[0].cosine > 0.9 && answer.nearest[0].cosine <= 1)
        let all = try ConceptAnswer(
            ConceptExpression(parsing: "king - man + woman"), in: Self.tiny(), count: 10, listing: .all)
        #expect(all.nearest.map(\.word).contains("##een") && all.nearest.map(\.word).contains("1984"))
        #expect(all.nearest.count == 7 && all.nearestOfAll.count == 10)
        let report = all.report
        #expect(report.expression == "king - man + woman")
        #expect(report.inputs.map(\.word) == ["king", "man", "woman"])
        let table = try #require(report.nearest.last { $0.word == "table" })
        #expect(table.cosine < 0.2)
    }

    @Test("Alone, a word is nearest to itself with cosine 1, whatever the length of its row")
    func itself() throws {
        let answer = try ConceptAnswer(ConceptExpression(parsing: "3*princess"), in: Self.tiny(), count: 1)
        #expect(answer.nearestOfAll[0].word == "princess")
        #expect(abs(answer.nearestOfAll[0].cosine - 1) < 1e-6)
        #expect(answer.nearest[0].word == "queen")
    }

    @Test("Unknown words, empty sums, wrong tables and counts are explained")
    func refusals() throws {
        let space = try Self.tiny()
        #expect(throws: InsightError.unknownWord("quene", nearest: ["queen"])) {
            try space.vector(of: "quene")
        }
        let empty = try ConceptExpression(parsing: "king - king")
        #expect(throws: InsightError.emptySum(expression: "king - king")) {
            try ConceptAnswer(empty, in: space)
        }
        for count in [0, 101] {
            #expect(throws: InsightError.outOfRange(what: "count", found: "\(count)", allowed: "1 to 100")) {
                try ConceptAnswer(ConceptExpression(parsing: "king"), in: space, count: count)
            }
        }
        #expect(throws: InsightError.tableMismatch(shape: [2, 3], words: 1)) {
            try WordSpace(table: Tensor.zeros([2, 3]), words: ["a"])
        }
        #expect(throws: InsightError.self) { try space.nearest(to: [1], count: 1) }
    }

    @Test(
        "Pictures of all kinds of sums can be drawn",
        arguments: [
            "king - man + woman", "king", "king + queen", "man - woman", "- man + king + 0.5*table",
            "king + king",
        ])
    func pictures(text: String) throws {
        let answer = try ConceptAnswer(ConceptExpression(parsing: text), in: Self.tiny(), count: 3)
        let picture = try answer.picture()
        #expect(picture.width == 1280 && picture.height == 640)
        #expect(try picture == answer.picture())
    }

    @Test("The plane of points in a plane keeps all distances")
    func plane() throws {
        // A plane in four dimensions, shifted and turned.
        let flat: [(Double, Double)] = [(0, 0), (3, 0.5), (-1, 2), (0.4, -2.2), (5, 5)]
        let points = flat.map { [1 + $0.0 * 0.6, $0.0 * 0.8, -$0.1 * 0.8 + 2, $0.1 * 0.6] }
        let plane = PrincipalPlane(of: points)
        for i in flat.indices {
            for j in flat.indices {
                let (p, q) = (plane.place(points[i]), plane.place(points[j]))
                let found = ((p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y)).squareRoot()
                let (dx, dy) = (flat[i].0 - flat[j].0, flat[i].1 - flat[j].1)
                #expect(abs(found - (dx * dx + dy * dy).squareRoot()) < 1e-9)
            }
        }
    }

    @Test(
        "The shipped words: king − man + woman",
        .enabled(if: RealWords.arePresent, "needs .deps/minilm, which Scripts/bootstrap brings"))
    func realWords() throws {
        let space = try RealWords.space()
        let answer = try ConceptAnswer(ConceptExpression(parsing: "king - man + woman"), in: space, count: 3)
        #expect(answer.nearest.map(\.word) == ["queen", "kings", "monarch"])
        for (found, expected) in zip(answer.nearest, [0.502, 0.451, 0.407]) {
            #expect(abs(found.cosine - expected) < 0.001)
        }
        #expect(answer.nearestOfAll.prefix(2).map(\.word) == ["king", "queen"], "the inputs win when let in")
        for (text, word) in [
            ("queen - woman + man", "king"), ("walking - walk + swim", "swimming"),
            ("bigger - big + small", "smaller"),
        ] {
            #expect(
                try ConceptAnswer(ConceptExpression(parsing: text), in: space, count: 1).nearest[0].word
                    == word)
        }
        #expect(throws: InsightError.self) { try space.vector(of: "bonfiree") }
    }
}
