import Foundation
import Testing

@testable import WeightFiles

/// Headers that break the format, each with what the reader must say about it.
@Suite struct BadHeaderTests {
    private let url = URL(filePath: "/x.safetensors")
    private let good = #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#

    private func failure(_ bytes: [UInt8]) -> WeightFileError? {
        #expect(throws: WeightFileError.self) { try open(guarded: bytes) }
    }

    @Test func aGoodHeaderPasses() throws {
        #expect(try open(guarded: file(header: good, data: 4)).names == ["a"])
        #expect(try open(guarded: file(header: good + "   \n\t ", data: 4)).names == ["a"])
        #expect(try open(guarded: file(header: "{}")).names == [])
        let spaced =
            #"{ "__metadata__" : { } , "a" : { "shape" : [ ] , "dtype" : "U8" , "data_offsets" : [ 0 , 1 ] } }"#
        #expect(try open(guarded: file(header: spaced, data: 1)).entry(named: "a").shape == [])
        let escaped = #"{"\u0041\ud83c\udf88\n\/":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#
        #expect(try open(guarded: file(header: escaped)).names == ["A🎈\n/"])
    }

    @Test func lengths() {
        #expect(failure([]) == .tooShort(url, byteCount: 0))
        #expect(failure([2, 0, 0, 0, 0, 0, 0, 0, 0x7B]) == .tooShort(url, byteCount: 9))
        var bytes = file(header: good, data: 4)
        bytes[0] = UInt8(bytes.count - 8 + 1)
        #expect(failure(bytes) == .headerTooLong(url, found: 58, limit: 57))
        bytes.replaceSubrange(0..<8, with: [UInt8](repeating: 255, count: 8))
        #expect(failure(bytes) == .headerTooLong(url, found: .max, limit: 57))
        bytes.replaceSubrange(0..<8, with: [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(
            failure(bytes)
                == .malformedHeader(url, offset: 8, expected: "\"{\"", found: "the end of the header"))
    }

    @Test func aHeaderOfMoreThanTheLimitIsNotRead() throws {
        try withTemporaryFolder { folder in
            // A sparse file: 200 MB long, almost nothing on the disk.
            let url = folder.appending(path: "huge.safetensors")
            try Data(file(header: String(repeating: " ", count: 8))).write(to: url)
            let handle = try FileHandle(forUpdating: url)
            try handle.write(contentsOf: withUnsafeBytes(of: UInt64(150_000_000).littleEndian) { Data($0) })
            try handle.truncate(atOffset: 200_000_000)
            try handle.close()
            #expect(throws: WeightFileError.headerTooLong(url, found: 150_000_000, limit: 100_000_000)) {
                try SafetensorsFile(contentsOf: url)
            }
        }
    }

    @Test(arguments: [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS"),
        ("PK\u{3}\u{4}..........", "zip"),
        ("GGUF\u{3}\0\0\0\0\0\0\0", "GGUF"), ("<!DOCTYPE html><html>", "web page"),
    ])
    func otherFormatsAreNamed(start: String, name: String) throws {
        let error = try #require(failure(Array(start.utf8)))
        guard case .otherFormat(url, let found) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(found.contains(name))
        #expect(!error.advice.isEmpty)
    }

    @Test(arguments: [
        (#" {}"#, 8, "\"{\"", "the byte 0x20"),
        (#"[]"#, 8, "\"{\"", "\"[\""),
        (#"{}}"#, 10, "only spaces after the last \"}\"", "\"}\""),
        ("{}\u{A0}", 10, "only spaces after the last \"}\"", "the byte 0xC2"),
        ("{}\0", 10, "only spaces after the last \"}\"", "the byte 0x0"),
        (#"{"a":[]}"#, 13, "\"{\"", "\"[\""),
        (#"{"a":{}"#, 13, #"dtype, shape and two data_offsets in "a""#, "fewer"),
        (
            #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#, 13,
            #"dtype, shape and two data_offsets in "a""#, "fewer"
        ),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}"#, 59, "at most 2 numbers", "\"2\""),
        (#"{"a":{"dtype":"U8","shape":[-1]}}"#, 36, "a whole number", "\"-\""),
        (#"{"a":{"shape":[01]}}"#, 23, "a whole number", "\"0\""),
        (#"{"a":{"shape":[1.5]}}"#, 24, "\",\" or \"]\"", "\".\""),
        (#"{"a":{"shape":[1e3]}}"#, 24, "\",\" or \"]\"", "\"e\""),
        (#"{"a":{"shape":[9223372036854775808]}}"#, 41, "a number below 2^63", "a larger one"),
        (#"{"a":{"shape":[99999999999999999999999]}}"#, 41, "a number below 2^63", "a larger one"),
        (#"{"a":{"shape":[[1]]}}"#, 23, "a whole number", "\"[\""),
        (#"{"a":{"shape":[1,]}}"#, 25, "a whole number", "\"]\""),
        (#"{"a":{"colour":1}}"#, 23, #"dtype, shape or data_offsets in "a""#, "\"colour\""),
        (#"{"a":{"dtype":7}}"#, 22, "\"\"\"", "\"7\""),
        (#"{"__metadata__":{"a":1}}"#, 29, "\"\"\"", "\"1\""),
        (#"{"__metadata__":{"a":{}}}"#, 29, "\"\"\"", "\"{\""),
        (#"{"a"#, 11, "a closing quotation mark", "the end of the header"),
        ("{\"a\nb\"", 11, "a character or a closing quotation mark", "the byte 0xA"),
        (#"{"\x"#, 11, "one of \"\\/bfnrtu after a backslash", "\"x\""),
        (#"{"\ud800x"#, 16, "a pair of surrogates", "\"x\""),
        (#"{"\udc00"#, 16, "a pair of surrogates", "the end of the header"),
        (#"{"\ud800\u0041"#, 22, "a pair of surrogates", "another code"),
        (#"{"\u00g0"#, 14, "a hexadecimal digit", "\"g\""),
        (#"{"\"#, 11, "one of \"\\/bfnrtu after a backslash", "the end of the header"),
    ])
    func malformed(header: String, offset: Int, expected: String, found: String) {
        let padded = header.utf8.count < 2 ? header + " " : header
        #expect(
            failure(file(header: padded))
                == .malformedHeader(url, offset: offset, expected: expected, found: found))
    }

    @Test func textThatIsNotUTF8() {
        var bytes = file(header: #"{"ab":{}}"#)
        bytes[10] = 0xC3  // begins a character of two bytes
        #expect(
            failure(bytes)
                == .malformedHeader(url, offset: 10, expected: "text in UTF-8", found: "other bytes"))
        bytes[10] = 0xC0
        bytes[11] = 0x80  // an overlong zero
        #expect(
            failure(bytes)
                == .malformedHeader(url, offset: 10, expected: "text in UTF-8", found: "other bytes"))
    }

    @Test func deepNestingIsRefusedAtOnce() {
        let depth = 200_000
        let header = String(repeating: #"{"a":"#, count: depth) + String(repeating: "}", count: depth)
        guard case .malformedHeader(url, 18, _, _) = failure(file(header: header)) else {
            Issue.record("expected the third level to be refused")
            return
        }
        let ranks = #"{"a":{"shape":["# + String(repeating: "1,", count: 1000) + "1]}}"
        #expect(
            failure(file(header: ranks))
                == .malformedHeader(url, offset: 151, expected: "at most 64 numbers", found: "\"1\""))
    }

    @Test func namesThatOccurTwice() {
        let entry = #"{"dtype":"U8","shape":[1],"data_offsets":[0,1]}"#
        #expect(
            failure(file(header: #"{"a":\#(entry),"a":\#(entry)}"#, data: 1))
                == .duplicateName(url, name: "a"))
        #expect(
            failure(file(header: #"{"a":\#(entry),"\u0061":\#(entry)}"#, data: 1))
                == .duplicateName(url, name: "a"))
        #expect(
            failure(file(header: #"{"__metadata__":{},"__metadata__":{}}"#))
                == .duplicateName(url, name: "__metadata__"))
        #expect(
            failure(file(header: #"{"__metadata__":{"k":"1","k":"2"}}"#))
                == .duplicateName(url, name: "__metadata__.k"))
        #expect(
            failure(file(header: #"{"a":{"shape":[1],"shape":[1]}}"#)) == .duplicateName(url, name: "a.shape")
        )
    }

    @Test func typesShapesAndPlaces() {
        func header(_ type: String, _ shape: String, _ offsets: String) -> [UInt8] {
            file(header: #"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#, data: 8)
        }
        #expect(failure(header("f32", "[2]", "[0,8]")) == .unknownType(url, tensor: "a", found: "f32"))
        #expect(failure(header("C64", "[1]", "[0,8]")) == .unknownType(url, tensor: "a", found: "C64"))
        #expect(
            failure(header("F32", "[3]", "[0,8]"))
                == .wrongByteCount(url, tensor: "a", expected: 12, found: 8))
        #expect(
            failure(header("F32", "[0]", "[0,8]")) == .wrongByteCount(url, tensor: "a", expected: 0, found: 8)
        )
        #expect(
            failure(header("F32", "[2]", "[1,9]"))
                == .outOfRange(url, tensor: "a", begin: 1, end: 9, dataByteCount: 8))
        #expect(
            failure(header("F32", "[2]", "[8,0]"))
                == .outOfRange(url, tensor: "a", begin: 8, end: 0, dataByteCount: 8))
        let most = Int.max
        #expect(
            failure(header("U8", "[\(most)]", "[0,\(most)]"))
                == .outOfRange(url, tensor: "a", begin: 0, end: most, dataByteCount: 8))
        #expect(
            failure(header("F32", "[\(most)]", "[0,8]")) == .shapeTooLarge(url, tensor: "a", shape: [most]))
        #expect(
            failure(header("U8", "[4294967296,4294967296]", "[0,8]"))
                == .shapeTooLarge(url, tensor: "a", shape: [1 << 32, 1 << 32]))
        #expect(
            failure(header("U8", "[4]", "[0,4]")) == .unclaimedBytes(url, range: 4..<8, before: nil))
        #expect(
            failure(header("U8", "[4]", "[4,8]")) == .unclaimedBytes(url, range: 0..<4, before: "a"))
        #expect(failure(file(header: "{}", data: 1)) == .unclaimedBytes(url, range: 0..<1, before: nil))
    }

    @Test func tensorsThatShareOrSkipBytes() {
        func header(_ first: Range<Int>, _ second: Range<Int>) -> [UInt8] {
            let texts = [("a", first), ("b", second)].map { name, range in
                #""\#(name)":{"dtype":"U8","shape":[\#(range.count)],"data_offsets":[\#(range.lowerBound),\#(range.upperBound)]}"#
            }
            return file(header: "{\(texts.joined(separator: ","))}", data: 8)
        }
        #expect(failure(header(0..<5, 4..<8)) == .overlap(url, tensor: "b", other: "a"))
        #expect(failure(header(0..<8, 0..<8)) == .overlap(url, tensor: "b", other: "a"))
        #expect(failure(header(0..<8, 3..<3)) == .overlap(url, tensor: "b", other: "a"))
        #expect(failure(header(5..<8, 0..<4)) == .unclaimedBytes(url, range: 4..<5, before: "a"))
        #expect((try? open(guarded: header(4..<8, 0..<4)))?.names == ["b", "a"])
        #expect((try? open(guarded: header(8..<8, 0..<8)))?.names == ["b", "a"])
    }
}
