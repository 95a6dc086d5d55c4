import Foundation
import Testing
import Tokenizers

/// What Hugging Face's tokenizer answered, and the vocabulary it used; made by Scripts/make-fixtures/tokenizer.py.
struct Fixture: Decodable, Sendable {
    var chosen: [Answer]
    var long: [LongAnswer]
    var decoded: [DecodedAnswer]
    var seed: UInt64
    var alphabets: [[[UInt32]]]
    var drawn: String
    var blocks: [Block]

    struct Answer: Decodable, Sendable {
        var text: String
        var ids: [Int]
        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            text = try list.decode(String.self)
            ids = try list.decode([Int].self)
        }
    }
    struct LongAnswer: Decodable, Sendable {
        var text: String
        var hash: String
        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            text = try list.decode(String.self)
            hash = try list.decode(String.self)
        }
    }
    struct DecodedAnswer: Decodable, Sendable {
        var ids: [Int]
        var plain: String
        var withSpecials: String
        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            ids = try list.decode([Int].self)
            plain = try list.decode(String.self)
            withSpecials = try list.decode(String.self)
        }
    }
    struct Block: Decodable, Sendable {
        var number: UInt32
        var hash: String
        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            number = try list.decode(UInt32.self)
            hash = try list.decode(String.self)
        }
    }

    /// Read once for all tests.
    static let shared = Result {
        try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url("tokenizer", "json")))
    }

    /// Made once for all tests.
    static let tokenizer = Result { try WordPieceTokenizer(contentsOf: url("vocab", "txt")) }

    private static func url(_ name: String, _ type: String) throws -> URL {
        try #require(Bundle.module.url(forResource: name, withExtension: type, subdirectory: "Fixtures"))
    }
}

/// SplitMix64: the same numbers here and in the script that made the fixture.
struct SeededNumbers {
    var state: UInt64

    mutating func below(_ count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(count))
    }
}

/// FNV-1a over the ids as 32-bit little-endian numbers and one end mark.
struct IDHash {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    mutating func add(_ ids: [Int]) {
        for id in ids + [0xFFFF_FFFF] {
            for shift in [0, 8, 16, 24] { value = (value ^ UInt64(id >> shift & 0xFF)) &* 0x100_0000_01B3 }
        }
    }

    static func of(_ ids: [Int]) -> String {
        var hash = IDHash()
        hash.add(ids)
        return hash.text
    }
}
