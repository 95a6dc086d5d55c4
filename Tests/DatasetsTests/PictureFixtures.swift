import Datasets
import Foundation
import Images
import Testing

/// A folder for one test; it goes with the last reference.
final class ScratchFolder: Sendable {
    let url: URL

    init() throws {
        // Links resolved, as the temporary folder of some systems is one.
        url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "darkroom-pictures-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes a file and the folders above it.
    @discardableResult
    func write(_ name: String, _ bytes: Data) throws -> URL {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try bytes.write(to: file)
        return file
    }
    @discardableResult
    func write(_ name: String, _ text: String) throws -> URL { try write(name, Data(text.utf8)) }
}

/// Pictures and files for tests.
enum Pictures {
    /// One colour, with a corner of another so that turns and mirrors show.
    static func marked(_ width: Int = 12, _ height: Int = 12, red: UInt8 = 200) throws -> Image {
        var image = try Image(width: width, height: height, fill: (red, 40, 90))
        for y in 0..<height / 3 {
            for x in 0..<width / 3 { image[x, y] = [10, 250, 10] }
        }
        return image
    }

    /// The error of a closure.
    static func failure(_ body: () throws -> Void) throws -> PictureDataError {
        do {
            try body()
        } catch let error as PictureDataError {
            return error
        }
        Issue.record("expected a PictureDataError, nothing was thrown")
        throw CocoaError(.featureUnsupported)
    }

    static func fixture(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil)).appending(path: name)
    }

    /// The first bytes of a PNG file that declares a size and holds nothing.
    static func declaring(_ width: UInt32, _ height: UInt32) -> Data {
        var header = Data("IHDR".utf8)
        for number in [width, height] {
            withUnsafeBytes(of: number.bigEndian) { header.append(contentsOf: $0) }
        }
        header.append(contentsOf: [8, 2, 0, 0, 0])
        var sum = ~UInt32(0)
        for byte in header {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        var file = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13])
        file += header
        withUnsafeBytes(of: (~sum).bigEndian) { file.append(contentsOf: $0) }
        return file + Data([0, 0, 0, 4]) + Data("IDAT".utf8) + Data(count: 64)
    }

    /// A plain tar file, members in order.
    static func tar(_ members: [(name: String, content: Data)], ended: Bool = true) -> Data {
        var file = Data()
        for (name, content) in members {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at place: Int) {
                for (index, byte) in text.utf8.enumerated() { header[place + index] = byte }
            }
            func octal(_ number: Int, _ digits: Int) -> String {
                let text = String(number, radix: 8)
                return String(repeating: "0", count: digits - text.count) + text
            }
            put(name, at: 0)
            put(octal(0o644, 7), at: 100)
            put(octal(content.count, 11), at: 124)
            put(octal(0, 11), at: 136)
            put("        ", at: 148)
            put("0", at: 156)
            put("ustar\u{0}00", at: 257)
            put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
            file += Data(header) + content
            file += Data(count: (512 - content.count % 512) % 512)
        }
        return ended ? file + Data(count: 1024) : file
    }
}
