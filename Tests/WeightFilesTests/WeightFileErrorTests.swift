import Foundation
import Testing

@testable import WeightFiles

@Suite struct WeightFileErrorTests {
    private let url = URL(filePath: "/m/a.safetensors")

    @Test func everyCaseSaysWhatWasExpectedAndFound() {
        let texts: [(WeightFileError, String)] = [
            (.missingFile(url, nearest: []), "no such file"),
            (.notAFile(url), "expected a weight file, found a folder or device"),
            (.otherFormat(url, found: "a GGUF file"), "expected a safetensors file, found a GGUF file"),
            (.tooShort(url, byteCount: 3), "expected a safetensors file of at least 10 bytes, found 3 bytes"),
            (
                .headerTooLong(url, found: 99, limit: 57),
                "expected a header of at most 57 bytes, found a length of 99"
            ),
            (
                .malformedHeader(url, offset: 9, expected: "\"{\"", found: "\"[\""),
                #"header, byte 9: expected "{", found "[""#
            ),
            (.duplicateName(url, name: "w"), #"the name "w" occurs twice"#),
            (.unknownType(url, tensor: "w", found: "F33"), #""w" has the unknown type "F33""#),
            (.shapeTooLarge(url, tensor: "w", shape: [1, -1]), #""w" has the impossible shape [1, -1]"#),
            (
                .outOfRange(url, tensor: "w", begin: 4, end: 12, dataByteCount: 8),
                #""w" claims the bytes 4 to 12 of the data, which has 8"#
            ),
            (
                .wrongByteCount(url, tensor: "w", expected: 8, found: 4),
                #""w": shape and type ask for 8 bytes, found 4"#
            ),
            (.overlap(url, tensor: "w", other: "v"), #""w" and "v" share bytes"#),
            (
                .unclaimedBytes(url, range: 4..<8, before: "w"),
                #"the bytes 4 to 8 of the data, before "w", belong to no tensor"#
            ),
            (
                .unclaimedBytes(url, range: 4..<8, before: nil),
                "the bytes 4 to 8 of the data, at the end, belong to no tensor"
            ),
            (.missingTensor(url, name: "w\n", nearest: []), #"no tensor is named "w\u{a}""#),
            (
                .wrongType(url, tensor: "w", expected: "numbers", found: .bool),
                #""w": expected numbers, found BOOL"#
            ),
            (
                .reservedName(url, name: "__metadata__"),
                #"a tensor cannot be named "__metadata__", which the format uses itself"#
            ),
            (
                .malformedArchive(url, offset: 7, expected: "a", found: "b"),
                "zip archive, byte 7: expected a, found b"
            ),
            (
                .malformedPickle(url, offset: 7, expected: "a", found: "b"),
                "pickle, byte 7: expected a, found b"
            ),
            (
                .forbiddenPickle(url, offset: 7, what: "the name \"os.system\""),
                #"pickle, byte 7: expected tensors and plain values, found the name "os.system""#
            ),
        ]
        for (error, text) in texts {
            #expect(error.summary == "/m/a.safetensors: " + text)
            #expect(!error.advice.isEmpty)
        }
        #expect(WeightFileError.unreadable(url, code: 13).summary.contains("error 13"))
    }

    @Test func adviceNamesTheNearest() {
        #expect(
            WeightFileError.missingTensor(url, name: "layer.wieght", nearest: ["layer.bias", "layer.weight"])
                .advice
                == [#"did you mean "layer.weight"?"#])
        #expect(
            WeightFileError.unknownType(url, tensor: "w", found: "F33").advice == [
                #"did you mean "F32" or "F16" or "F64"?"#
            ])
        #expect(WeightFileError.quoted(String(repeating: "x", count: 500)).count == 122)
    }
}
