public import Foundation

/// Reads what `torch.save` wrote (`.ckpt`, `.pt`, `.pth`, `.bin`): a pickle of names, and storages mapped from the file.
///
/// Both containers are read: the zip archive of PyTorch 1.6 and later, and the older one. The pickle is read by a machine
/// that builds tensors and executes nothing (`PickleMachine`); what it does not know is an error that names it.
///
/// Nested dictionaries give names joined by dots. A dictionary `state_dict` stands for the whole, as in the reference.
public struct TorchFile: WeightFile {
    /// Where the file lies.
    public let url: URL
    /// The texts, numbers and truth values that stand beside the tensors, such as `global_step`, as texts.
    public let metadata: [String: String]
    /// The tensors, in the order of the pickle.
    public let entries: [TensorEntry]

    private let mapping: FileMapping
    private let indices: [String: Int]

    /// Opens a file and checks that every tensor lies within it.
    ///
    /// - Throws: `WeightFileError` naming the file, the place, what was expected and what was found.
    public init(contentsOf url: URL) throws(WeightFileError) {
        try self.init(FileMapping(contentsOf: url), at: url)
    }

    /// True when the bytes begin like those of such a file.
    static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.starts(with: Array("PK\u{3}\u{4}".utf8)) || LegacyTorchContainer.recognizes(bytes)
    }

    init(_ mapping: FileMapping, at url: URL) throws(WeightFileError) {
        let bytes = mapping.bytes
        let content: TorchContent
        if LegacyTorchContainer.recognizes(bytes) {
            content = try LegacyTorchContainer.content(of: bytes, url: url)
        } else {
            content = try Self.archive(bytes, url: url)
        }
        var tree = TorchTree(content, url: url)
        try tree.collect()
        self.url = url
        self.mapping = mapping
        entries = tree.entries
        metadata = tree.metadata
        indices = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    }

    /// What stands in a zip archive.
    private static func archive(
        _ bytes: UnsafeRawBufferPointer, url: URL
    ) throws(WeightFileError) -> TorchContent {
        let archive = try ZipDirectory(bytes, of: url)
        let pickles = archive.entries.keys.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
        guard let pickle = pickles.first, pickles.count == 1, let range = archive.entries[pickle] else {
            throw .otherFormat(
                url,
                found: pickles.isEmpty ? "a zip archive without data.pkl" : "a zip archive of several pickles"
            )
        }
        let root = pickle.dropLast("data.pkl".count)
        if let order = archive.entries[root + "byteorder"],
            UnsafeRawBufferPointer(rebasing: bytes[order]).text != "little"
        {
            throw .malformedArchive(
                url, offset: order.lowerBound, expected: "little-endian numbers",
                found: "another order of bytes")
        }
        let text = UnsafeRawBufferPointer(rebasing: bytes[range])
        var machine = try PickleMachine(text, startingAt: range.lowerBound, of: url)
        let value = try machine.run()
        var places: [Range<Int>] = []
        for storage in machine.storages {
            guard let place = archive.entries["\(root)data/\(storage.key)"] else {
                throw .malformedArchive(
                    url, offset: range.lowerBound,
                    expected: "the entry \(WeightFileError.quoted("data/" + storage.key))", found: "none")
            }
            // Some versions of PyTorch pad an entry.
            guard let needed = storage.type.byteCount(of: [storage.count]), needed <= place.count else {
                throw .wrongByteCount(
                    url, tensor: "data/" + storage.key,
                    expected: storage.type.byteCount(of: [storage.count]) ?? .max, found: place.count)
            }
            places.append(place.lowerBound..<place.lowerBound + needed)
        }
        return TorchContent(machine: machine, value: value, places: places, byteCount: bytes.count)
    }

    /// True when the file has a tensor of that name.
    public func contains(_ name: String) -> Bool { indices[name] != nil }

    /// The tensor of that name.
    ///
    /// - Throws: `WeightFileError.missingTensor` with the nearest names.
    public func entry(named name: String) throws(WeightFileError) -> TensorEntry {
        guard let index = indices[name] else { throw .missingTensor(url, name: name, nearest: names) }
        return entries[index]
    }

    /// A tensor's bytes, little-endian and row-major, in memory that lives as long as the value.
    ///
    /// A tensor that is stored in another order of its axes is copied.
    /// - Throws: `WeightFileError.missingTensor` when the entry is of another file.
    public func bytes(of entry: TensorEntry) throws(WeightFileError) -> MappedBytes {
        guard let index = indices[entry.name], entries[index] == entry else {
            throw .missingTensor(url, name: entry.name, nearest: names)
        }
        guard let strides = entry.strides else { return MappedBytes(mapping, entry.byteRange) }
        let source = UnsafeRawBufferPointer(rebasing: mapping.bytes[entry.byteRange])
        let copy = FileMapping(
            gathering: source, shape: entry.shape, strides: strides, width: entry.type.byteCount)
        return MappedBytes(copy, 0..<copy.bytes.count)
    }
}

/// A pickle that has been read, and where its storages lie in the file.
struct TorchContent {
    var machine: PickleMachine
    var value: PickleValue
    var places: [Range<Int>]
    /// The size of the file.
    var byteCount: Int
}

/// Walks through the dictionaries of a pickle and gives each tensor a name.
struct TorchTree {
    private(set) var entries: [TensorEntry] = []
    private(set) var metadata: [String: String] = [:]
    private let content: TorchContent
    private let url: URL
    private var names: Set<String> = []
    private var totalByteCount = 0

    /// Dictionaries deeper than this hold nothing that a model needs.
    private static let deepest = 8
    /// Tensors may share storages, but all of them together are not much larger than the file.
    private static let mostSharing = 16

    init(_ content: TorchContent, url: URL) { (self.content, self.url) = (content, url) }

    mutating func collect() throws(WeightFileError) {
        let machine = content.machine
        var value = content.value
        if case .tensor(let tensor) = value { return try add(tensor, named: "tensor") }
        guard case .dict = value else {
            throw .malformedPickle(url, offset: 0, expected: "a dictionary of tensors", found: value.kind)
        }
        // `{"state_dict": {…}, "global_step": …}`, as training programs write it, perhaps more than once.
        var seen: Set<Int> = []
        while case .dict(let index) = value, seen.insert(index).inserted {
            note(machine.dicts[index])
            guard let inner = machine.dicts[index].last(where: { $0.key.text == "state_dict" })?.value,
                case .dict = inner
            else { break }
            value = inner
        }
        // Breadth first; each dictionary once, so that shared ones cannot multiply.
        var open: [(value: PickleValue, path: String, depth: Int)] = [(value, "", 0)]
        var visited: Set<Int> = []
        var position = 0
        while position < open.count {
            let (value, path, depth) = open[position]
            position += 1
            switch value {
            case .tensor(let tensor): try add(tensor, named: path)
            case .dict(let index) where depth < Self.deepest && visited.insert(index).inserted:
                for (key, value) in Self.latest(machine.dicts[index]) {
                    open.append((value, path.isEmpty ? key : path + "." + key, depth + 1))
                }
            default: break
            }
        }
    }

    /// The members that have names; of several of one name the last, in the place of the first, as in Python.
    private static func latest(
        _ members: [(key: PickleValue, value: PickleValue)]
    ) -> [(key: String, value: PickleValue)] {
        var places: [String: Int] = [:]
        var result: [(key: String, value: PickleValue)] = []
        for (key, value) in members {
            let name: String
            switch key {
            case .text(let text): name = text
            case .int(let number): name = String(number)
            default: continue
            }
            if let place = places[name] {
                result[place].value = value
            } else {
                places[name] = result.count
                result.append((name, value))
            }
        }
        return result
    }

    /// Keeps texts and numbers that stand beside the tensors.
    private mutating func note(_ members: [(key: PickleValue, value: PickleValue)]) {
        for (key, value) in members {
            guard let name = key.text else { continue }
            switch value {
            case .text(let text): metadata[name] = text
            case .int(let number): metadata[name] = String(number)
            case .float(let number): metadata[name] = String(number)
            case .bool(let flag): metadata[name] = String(flag)
            default: break
            }
        }
    }

    private mutating func add(_ index: Int, named name: String) throws(WeightFileError) {
        let tensor = content.machine.tensors[index]
        let type = content.machine.storages[tensor.storage].type
        guard names.insert(name).inserted else { throw .duplicateName(url, name: name) }
        guard let byteCount = type.byteCount(of: tensor.shape) else {
            throw .shapeTooLarge(url, tensor: name, shape: tensor.shape)
        }
        totalByteCount += byteCount
        guard totalByteCount / Self.mostSharing <= content.byteCount else {
            throw .malformedPickle(
                url, offset: 0, expected: "tensors about as large as the file",
                found: "more than \(Self.mostSharing) times its size")
        }
        let isEmpty = byteCount == 0
        let isRowMajor = isEmpty || Self.rowMajor(tensor.shape, tensor.strides)
        // The machine has checked that the last element lies within the storage.
        let span = isEmpty ? 0 : zip(tensor.shape, tensor.strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
        let start = content.places[tensor.storage].lowerBound + tensor.offset * type.byteCount
        entries.append(
            TensorEntry(
                name: name, type: type, shape: tensor.shape, byteRange: start..<start + span * type.byteCount,
                strides: isRowMajor ? nil : tensor.strides))
    }

    /// True when the elements follow each other as in a C array; the stride of an axis of one element is of no meaning.
    private static func rowMajor(_ shape: [Int], _ strides: [Int]) -> Bool {
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() {
            if size != 1, stride != expected { return false }
            expected *= size
        }
        return true
    }
}

extension PickleValue {
    /// A text's text.
    var text: String? { if case .text(let text) = self { text } else { nil } }
}
