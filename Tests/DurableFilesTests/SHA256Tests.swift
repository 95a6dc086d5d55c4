import Foundation
import Testing

@testable import DurableFiles

@Suite struct SHA256Tests {
    /// The examples of FIPS 180-4's companion document, and the empty message.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func publishedExamples(text: String, digest: String) {
        #expect(SHA256.digits(of: Data(text.utf8)) == digest)
    }

    @Test func aMillionLetters() {
        #expect(
            SHA256.digits(of: Data(repeating: UInt8(ascii: "a"), count: 1_000_000))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    /// Where the pieces are cut changes nothing: every length around the block size, cut everywhere.
    @Test func piecesAddUp() {
        for length in [1, 55, 56, 63, 64, 65, 119, 120, 128, 200] {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let whole = SHA256.digits(of: bytes)
            for cut in 0...length {
                var hash = SHA256()
                bytes[..<cut].withUnsafeBytes { hash.add($0) }
                bytes[cut...].withUnsafeBytes { hash.add($0) }
                #expect(hash.hexadecimal() == whole)
            }
        }
    }

    @Test func filesAreReadPieceByPiece() async throws {
        try await withTemporaryFolder { folder in
            let bytes = Data((0..<(3 << 20) + 17).map { UInt8(truncatingIfNeeded: $0 >> 3) })
            let file = folder.appending(path: "big")
            try bytes.write(to: file)
            #expect(try SHA256.digits(ofFile: file) == SHA256.digits(of: bytes))
            let absent = folder.appending(path: "absent")
            let error = #expect(throws: DurableFileError.self) { try SHA256.digits(ofFile: absent) }
            #expect(error?.summary.contains("cannot open it") == true)
        }
    }
}
