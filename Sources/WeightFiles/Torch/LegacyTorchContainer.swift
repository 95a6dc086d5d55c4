import Foundation

/// What PyTorch wrote before version 1.6: three pickles of signature and system, the pickle of the object, the list of
/// storage keys, and the storages one after the other, each behind its count.
enum LegacyTorchContainer {
    /// Protocol 2, then `LONG1` of ten bytes: the signature.
    private static let signature: [UInt8] = [
        0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
    ]

    static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: signature) }

    static func content(
        of bytes: UnsafeRawBufferPointer, url: URL
    ) throws(WeightFileError) -> TorchContent {
        var machine = try PickleMachine(bytes, startingAt: 0, of: url)
        _ = try machine.run()
        guard case .int(1001) = try machine.run() else {
            throw .malformedPickle(
                url, offset: machine.position, expected: "version 1001 of the container", found: "another")
        }
        _ = try machine.run()
        let value = try machine.run()
        guard case .list(let list) = try machine.run() else {
            throw .malformedPickle(
                url, offset: machine.position, expected: "the list of storages", found: "something else")
        }
        var cursor = ByteCursor(bytes, at: machine.position)
        var found: [String: Range<Int>] = [:]
        let storages = Dictionary(
            machine.storages.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        for key in machine.lists[list] {
            guard let key = key.text, let storage = storages[key], let count = cursor.integer(Int64.self),
                count == Int64(storage.count), let size = storage.type.byteCount(of: [storage.count]),
                cursor.take(size) != nil
            else {
                throw .malformedPickle(
                    url, offset: cursor.position, expected: "a storage behind its count",
                    found: "something else")
            }
            found[key] = cursor.position - size..<cursor.position
        }
        var places: [Range<Int>] = []
        for storage in machine.storages {
            guard let place = found[storage.key] else {
                throw .malformedPickle(
                    url, offset: cursor.position,
                    expected: "the storage \(WeightFileError.quoted(storage.key))",
                    found: "none")
            }
            places.append(place)
        }
        return TorchContent(machine: machine, value: value, places: places, byteCount: bytes.count)
    }
}
