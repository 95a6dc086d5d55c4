import Foundation

/// Walks through the members of a tar file, one header after the other, without reading what they hold.
///
/// Read are ustar, pax and GNU headers; long names of all three; sizes in octal and in base 256. Links, folders and
/// devices are told but never followed. Source: POSIX.1-2017, "pax", and the GNU tar manual, "Basic Tar Format".
struct TarWalker {
    /// One member.
    struct Member: Equatable {
        /// Its path as the tar file has it; a label only, nothing is ever written there.
        let name: String
        /// Where its bytes begin.
        let offset: Int
        /// How many there are.
        let size: Int
        /// Whether it is a file with bytes of its own.
        let isFile: Bool
    }
    private let file: OpenFile
    private let title: String
    private var position = 0
    private static let block = 512
    /// The longest extended header and the longest name, in bytes.
    private static let longestExtension = 1 << 20

    init(_ file: OpenFile, title: String) throws(PictureDataError) {
        (self.file, self.title) = (file, title)
        let start = try file.bytes(at: 0, count: 6)
        for (magic, how) in [
            ([0x1F, 0x8B], "gzip"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"), ([0x42, 0x5A, 0x68], "bzip2"),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"),
        ] as [([UInt8], String)] where start.starts(with: magic) {
            throw .compressedTar(path: title, how: how)
        }
    }

    /// The next member; nil at the end mark.
    /// - Throws: `PictureDataError.truncatedTar` when the file ends before that, `.damagedTar` when a header makes no
    ///   sense.
    mutating func next() throws(PictureDataError) -> Member? {
        var longName: String?
        var longSize: Int?
        while true {
            let start = position
            let header = Array(try file.bytes(at: start, count: Self.block))
            guard header.count == Self.block else {
                throw .truncatedTar(path: title, offset: file.size)
            }
            if header.allSatisfy({ $0 == 0 }) { return nil }
            try check(header, at: start)
            let kind = header[156]
            let isExtension = "xgLK".utf8.contains(kind)
            let stored = try number(header[124..<136], at: start, "the size")
            let size = isExtension ? stored : longSize ?? stored
            let body = start + Self.block
            guard size <= file.size - body else { throw .truncatedTar(path: title, offset: file.size) }
            position = body + (size + Self.block - 1) / Self.block * Self.block
            if isExtension {
                guard size <= Self.longestExtension else {
                    throw damaged(start, "an extended header has \(size) bytes")
                }
                let bytes = Array(try file.bytes(at: body, count: size))
                switch kind {
                case UInt8(ascii: "L"): longName = Self.text(bytes[...])
                case UInt8(ascii: "x"):
                    for (key, value) in try records(bytes, at: body) {
                        if key == "path" { longName = value }
                        if key == "size" {
                            guard let number = Int(value), number >= 0 else {
                                throw damaged(body, "a size is \"\(value.prefix(30))\"")
                            }
                            longSize = number
                        }
                    }
                default: break
                }
                continue
            }
            guard kind != UInt8(ascii: "S") else { throw damaged(start, "sparse files are not read here") }
            let isFile = kind == 0 || kind == UInt8(ascii: "0") || kind == UInt8(ascii: "7")
            return Member(
                name: longName ?? Self.name(in: header), offset: body, size: size, isFile: isFile)
        }
    }

    private func damaged(_ offset: Int, _ reason: String) -> PictureDataError {
        .damagedTar(path: title, offset: offset, reason: reason)
    }

    /// Compares the checksum; some old writers summed signed bytes.
    private func check(_ header: [UInt8], at offset: Int) throws(PictureDataError) {
        let expected = try number(header[148..<156], at: offset, "the checksum")
        var (unsigned, signed) = (0, 0)
        for (index, byte) in header.enumerated() {
            let counted = (148..<156).contains(index) ? 0x20 : byte
            unsigned += Int(counted)
            signed += Int(Int8(bitPattern: counted))
        }
        guard expected == unsigned || expected == signed else {
            throw damaged(offset, "the checksum of a header does not fit")
        }
    }

    /// A number in octal digits, or in base 256 when its first bit is set.
    private func number(
        _ field: ArraySlice<UInt8>, at offset: Int, _ what: String
    ) throws(PictureDataError) -> Int {
        var value = 0
        if let first = field.first, first & 0x80 != 0 {
            value = Int(first & 0x7F)
            for byte in field.dropFirst() {
                let (shifted, overflow) = value.multipliedReportingOverflow(by: 256)
                guard !overflow, shifted <= Int.max - Int(byte) else {
                    throw damaged(offset, "\(what) is no usable number")
                }
                value = shifted + Int(byte)
            }
            // Sums with offsets must not overflow.
            guard value <= Int.max / 4 else { throw damaged(offset, "\(what) is no usable number") }
            return value
        }
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        for digit in digits {
            guard (0x30...0x37).contains(digit) else { throw damaged(offset, "\(what) is no octal number") }
            value = value << 3 | Int(digit - 0x30)
        }
        return value
    }

    /// The records `LENGTH KEY=VALUE\n` of a pax header.
    private func records(_ bytes: [UInt8], at offset: Int) throws(PictureDataError) -> [(String, String)] {
        var found: [(String, String)] = []
        var rest = bytes[...]
        while let first = rest.first, first != 0 {
            let digits = rest.prefix { $0 != 0x20 }
            guard digits.count <= 8, let length = Int(Self.text(digits)), length > digits.count + 1,
                length <= rest.count
            else { throw damaged(offset, "a record of an extended header is cut off") }
            let record = rest.prefix(length).dropFirst(digits.count + 1).dropLast()
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw damaged(offset, "a record of an extended header has no \"=\"")
            }
            found.append((Self.text(record[..<equals]), Self.text(record[(equals + 1)...])))
            rest = rest.dropFirst(length)
        }
        return found
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The name in a header; the prefix field counts in POSIX headers only, GNU keeps times there.
    private static func name(in header: [UInt8]) -> String {
        let name = text(header[0..<100])
        guard header[257..<263].elementsEqual("ustar\0".utf8) else { return name }
        let prefix = text(header[345..<500])
        return prefix.isEmpty ? name : prefix + "/" + name
    }
}
