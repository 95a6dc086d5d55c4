public import Diagnostics
public import Foundation

/// Says what is wrong with a weight file, or with what was asked of it.
public enum WeightFileError: ActionableError, Equatable {
    /// Nothing stands at that path; `nearest` are the weight files beside it.
    case missingFile(URL, nearest: [String])
    /// The system refuses to read the file; `code` is its error number.
    case unreadable(URL, code: Int32)
    /// A folder, device or pipe stands where a weight file was expected.
    case notAFile(URL)
    /// The file begins like one of another format.
    case otherFormat(URL, found: String)
    /// The file cannot even hold the length of its header.
    case tooShort(URL, byteCount: Int)
    /// The header claims to be longer than the file or than the format allows.
    case headerTooLong(URL, found: UInt64, limit: Int)
    /// The header is not the JSON that the format asks for; `offset` counts bytes from the start of the file.
    case malformedHeader(URL, offset: Int, expected: String, found: String)
    /// A name occurs twice.
    case duplicateName(URL, name: String)
    /// A tensor's number format is not one of `StoredType`.
    case unknownType(URL, tensor: String, found: String)
    /// A tensor's shape has more bytes than can be counted.
    case shapeTooLarge(URL, tensor: String, shape: [Int])
    /// A tensor's bytes do not lie within the file's data.
    case outOfRange(URL, tensor: String, begin: Int, end: Int, dataByteCount: Int)
    /// A tensor's bytes are not as many as its shape and type ask for.
    case wrongByteCount(URL, tensor: String, expected: Int, found: Int)
    /// Two tensors share bytes.
    case overlap(URL, tensor: String, other: String)
    /// Bytes belong to no tensor; `before` is the tensor after them, nil at the end of the file.
    case unclaimedBytes(URL, range: Range<Int>, before: String?)
    /// The file has no tensor of that name.
    case missingTensor(URL, name: String, nearest: [String])
    /// The tensor's numbers are of another kind than was asked for.
    case wrongType(URL, tensor: String, expected: String, found: StoredType)
    /// A zip archive is not one as PyTorch writes it; `offset` counts bytes from the start of the file.
    case malformedArchive(URL, offset: Int, expected: String, found: String)
    /// A pickle cannot be read; `offset` counts bytes from the start of the file.
    case malformedPickle(URL, offset: Int, expected: String, found: String)
    /// A pickle asks for something that could run code; nothing was run.
    case forbiddenPickle(URL, offset: Int, what: String)
    /// A name that cannot be written: the format keeps it for itself.
    case reservedName(URL, name: String)

    /// One sentence: which file and tensor, what was expected, what was found.
    public var summary: String {
        switch self {
        case .missingFile(let url, _): "\(Self.path(url)): no such file"
        case .unreadable(let url, let code):
            "\(Self.path(url)): cannot be read (error \(code): "
                + "\(NSError(domain: NSPOSIXErrorDomain, code: Int(code)).localizedDescription))"
        case .notAFile(let url): "\(Self.path(url)): expected a weight file, found a folder or device"
        case .otherFormat(let url, let found):
            "\(Self.path(url)): expected a safetensors file, found \(found)"
        case .tooShort(let url, let count):
            "\(Self.path(url)): expected a safetensors file of at least 10 bytes, found \(count) bytes"
        case .headerTooLong(let url, let found, let limit):
            "\(Self.path(url)): expected a header of at most \(limit) bytes, found a length of \(found)"
        case .malformedHeader(let url, let offset, let expected, let found):
            "\(Self.path(url)): header, byte \(offset): expected \(expected), found \(found)"
        case .duplicateName(let url, let name):
            "\(Self.path(url)): the name \(Self.quoted(name)) occurs twice"
        case .unknownType(let url, let tensor, let found):
            "\(Self.path(url)): \(Self.quoted(tensor)) has the unknown type \(Self.quoted(found))"
        case .shapeTooLarge(let url, let tensor, let shape):
            "\(Self.path(url)): \(Self.quoted(tensor)) has the impossible shape \(Self.list(shape))"
        case .outOfRange(let url, let tensor, let begin, let end, let count):
            "\(Self.path(url)): \(Self.quoted(tensor)) claims the bytes \(begin) to \(end) of the data, "
                + "which has \(count)"
        case .wrongByteCount(let url, let tensor, let expected, let found):
            "\(Self.path(url)): \(Self.quoted(tensor)): shape and type ask for \(expected) bytes, found \(found)"
        case .overlap(let url, let tensor, let other):
            "\(Self.path(url)): \(Self.quoted(tensor)) and \(Self.quoted(other)) share bytes"
        case .unclaimedBytes(let url, let range, let before):
            "\(Self.path(url)): the bytes \(range.lowerBound) to \(range.upperBound) of the data, "
                + (before.map { "before \(Self.quoted($0))" } ?? "at the end") + ", belong to no tensor"
        case .missingTensor(let url, let name, _):
            "\(Self.path(url)): no tensor is named \(Self.quoted(name))"
        case .wrongType(let url, let tensor, let expected, let found):
            "\(Self.path(url)): \(Self.quoted(tensor)): expected \(expected), found \(found.rawValue)"
        case .malformedArchive(let url, let offset, let expected, let found):
            "\(Self.path(url)): zip archive, byte \(offset): expected \(expected), found \(found)"
        case .malformedPickle(let url, let offset, let expected, let found):
            "\(Self.path(url)): pickle, byte \(offset): expected \(expected), found \(found)"
        case .forbiddenPickle(let url, let offset, let what):
            "\(Self.path(url)): pickle, byte \(offset): expected tensors and plain values, found \(what)"
        case .reservedName(let url, let name):
            "\(Self.path(url)): a tensor cannot be named \(Self.quoted(name)), which the format uses itself"
        }
    }

    /// What to do about it, best first.
    public var advice: [String] {
        let again = "the file is damaged or was cut short: fetch or write it again"
        switch self {
        case .missingFile(let url, let nearest):
            let near = NearestName.suggestion(for: url.lastPathComponent, among: nearest)
            let list = nearest.isEmpty ? nil : "beside it: " + nearest.prefix(5).joined(separator: ", ")
            return [near ?? list ?? "look at the path; no safetensors file lies in that folder"]
        case .unreadable(let url, _):
            return ["look at the owner and permissions: `ls -l \"\(Self.path(url))\"`"]
        case .notAFile: return ["name the .safetensors file itself"]
        case .otherFormat(_, let found) where found.contains("Git LFS"):
            return ["fetch the real file: `git lfs pull`"]
        case .otherFormat(_, let found) where found.contains("web page"):
            return ["the download brought a page instead of the file: fetch it again"]
        case .otherFormat: return ["convert it to safetensors with the tool that made it"]
        case .malformedArchive(_, _, let expected, _) where expected.contains("stored as they are"):
            return ["save it again with `torch.save`, or pack it with `zip -0`"]
        case .malformedArchive, .malformedPickle:
            return [again, "or convert it to safetensors with the tool that made it"]
        case .forbiddenPickle:
            return [
                "do not load the file with other programs unless you trust its maker: it asks for code to be run",
                "convert it to safetensors with the tool that made it",
            ]
        case .tooShort, .headerTooLong, .malformedHeader, .outOfRange, .unclaimedBytes: return [again]
        case .duplicateName, .overlap, .shapeTooLarge:
            return ["the program that wrote the file has a fault; do not trust its content"]
        case .unknownType(_, _, let found):
            let names = StoredType.allCases.map(\.rawValue)
            return [
                NearestName.suggestion(for: found, among: names) ?? "known types: "
                    + names.joined(separator: ", ")
            ]
        case .wrongByteCount: return [again]
        case .missingTensor(_, let name, let nearest):
            return NearestName.suggestion(for: name, among: nearest).map { [$0] } ?? [
                "list the names in the file"
            ]
        case .wrongType: return ["convert the tensor, or read its bytes as they are"]
        case .reservedName: return ["choose another name"]
        }
    }

    private static func path(_ url: URL) -> String { url.path(percentEncoded: false) }

    /// A name in quotation marks, control characters made visible, cut where it is very long.
    static func quoted(_ name: String) -> String {
        let shown = name.count > 120 ? name.prefix(119) + "…" : name[...]
        let safe = shown.unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(Character(scalar))
        }
        return "\"\(safe.joined())\""
    }

    private static func list(_ shape: [Int]) -> String {
        "[" + shape.prefix(16).map(String.init).joined(separator: ", ") + (shape.count > 16 ? ", …]" : "]")
    }
}
