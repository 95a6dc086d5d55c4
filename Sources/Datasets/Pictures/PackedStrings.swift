/// Many short texts in two arrays: a million names cost little more than their letters.
struct PackedStrings: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    var count: Int { ends.count }

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        ends.append(bytes.count)
    }

    /// The bytes of one text; the index must lie in `0..<count`.
    func utf8(at index: Int) -> ArraySlice<UInt8> {
        bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    subscript(index: Int) -> String { String(decoding: utf8(at: index), as: UTF8.self) }
}
