import Foundation

/// Reads a pickle as `torch.save` writes it: builds dictionaries, numbers, texts and the places of tensors.
///
/// It executes nothing. A name (class or function) outside of `PickleGlobal` and an instruction outside of
/// `PickleOpcode` are errors. Every instruction makes at most one object, the size of a pickle is bounded, and no object
/// holds another, so neither memory nor the stack can be exhausted.
struct PickleMachine {
    /// A storage as the pickle mentions it.
    struct Storage {
        var key: String
        var type: StoredType
        var count: Int
    }
    /// A view of a storage.
    struct Tensor {
        var storage: Int
        var offset: Int
        var shape: [Int]
        var strides: [Int]
    }

    /// More than the pickle of any model has: they are a few hundred kilobytes.
    static let maximumByteCount = 16 << 20
    private static let maximumRank = 64
    private static let mostAttributes = 100_000

    private(set) var tuples: [[PickleValue]] = []
    private(set) var lists: [[PickleValue]] = []
    private(set) var dicts: [[(key: PickleValue, value: PickleValue)]] = []
    private(set) var storages: [Storage] = []
    private(set) var tensors: [Tensor] = []

    private var storageNumbers: [String: Int] = [:]
    private var cursor: ByteCursor
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var completed = 0
    private var opening = 0
    private let start: Int
    private let url: URL

    /// A machine over `bytes`, which stand at `start` in the file.
    init(_ bytes: UnsafeRawBufferPointer, startingAt start: Int, of url: URL) throws(WeightFileError) {
        cursor = ByteCursor(bytes)
        self.start = start
        self.url = url
    }

    /// The bytes read so far.
    var position: Int { cursor.position }

    /// Runs one pickle to its end and returns what it built.
    mutating func run() throws(WeightFileError) -> PickleValue {
        stack = []
        marks = []
        memo = [:]
        let first = cursor.position
        while true {
            opening = cursor.position
            guard opening - first < Self.maximumByteCount else {
                throw malformed("a pickle of at most \(Self.maximumByteCount) bytes", found: "a longer one")
            }
            let byte = try number(UInt8.self)
            guard let opcode = PickleOpcode(rawValue: byte) else {
                throw .forbiddenPickle(url, offset: start + opening, what: PickleOpcode.name(of: byte))
            }
            if opcode == .stop { return try pop() }
            try perform(opcode)
        }
    }

    private mutating func perform(_ opcode: PickleOpcode) throws(WeightFileError) {
        switch opcode {
        case .stop: break
        case .proto:
            let version = try number(UInt8.self)
            guard (2...4).contains(version) else {
                throw malformed("a pickle of protocol 2 to 4", found: "\(version)")
            }
        case .frame: _ = try number(UInt64.self)
        case .mark: marks.append(stack.count)
        case .pop: _ = try pop()
        case .popMark: _ = try popToMark()
        case .dup:
            let top = try pop()
            stack += [top, top]
        case .none: stack.append(.none)
        case .newTrue: stack.append(.bool(true))
        case .newFalse: stack.append(.bool(false))
        case .int, .binInt, .binInt1, .binInt2, .long1, .long4, .binFloat, .binUnicode, .shortBinUnicode,
            .binString, .shortBinString, .binBytes, .shortBinBytes:
            stack.append(try constant(opcode))
        case .emptyTuple: push(tuple: [])
        case .tuple: push(tuple: try popToMark())
        case .tuple1: push(tuple: try pop(1))
        case .tuple2: push(tuple: try pop(2))
        case .tuple3: push(tuple: try pop(3))
        case .emptyList:
            stack.append(.list(lists.count))
            lists.append([])
        case .append: try append([try pop()])
        case .appends: try append(try popToMark())
        case .emptyDict: pushDictionary()
        case .setItem: try setItems(try pop(2))
        case .setItems: try setItems(try popToMark())
        case .binGet: try get(Int(try number(UInt8.self)))
        case .longBinGet: try get(Int(try number(UInt32.self)))
        case .binPut: try put(Int(try number(UInt8.self)))
        case .longBinPut: try put(Int(try number(UInt32.self)))
        case .memoize: try put(memo.count)
        case .global:
            guard let module = cursor.line()?.text, let name = cursor.line()?.text else {
                throw malformed("two lines of text")
            }
            try push(module: module, name: name)
        case .stackGlobal:
            let names = try pop(2)
            guard case .text(let module) = names[0], case .text(let name) = names[1] else {
                throw malformed("two texts")
            }
            try push(module: module, name: name)
        case .binPersID: try pushStorage()
        case .reduce, .newObject: try call()
        case .build: try build()
        }
    }

    // MARK: - Constants

    private mutating func constant(_ opcode: PickleOpcode) throws(WeightFileError) -> PickleValue {
        switch opcode {
        case .binInt: return .int(Int(try number(Int32.self)))
        case .binInt1: return .int(Int(try number(UInt8.self)))
        case .binInt2: return .int(Int(try number(UInt16.self)))
        case .int:
            // Protocol 0 spells truth values so, and some writers keep to it.
            guard let digits = cursor.line()?.text, let value = Int(digits) else {
                throw malformed("a whole number and a newline")
            }
            return digits == "00" || digits == "01" ? .bool(value == 1) : .int(value)
        case .long1: return long(try take(try number(UInt8.self)))
        case .long4: return long(try take(try number(Int32.self)))
        case .binFloat:
            return .float(Double(bitPattern: UInt64(bigEndian: try number(UInt64.self))))
        case .binUnicode: return .text(try text(try take(try number(UInt32.self))))
        case .shortBinUnicode: return .text(try text(try take(try number(UInt8.self))))
        // Texts of Python 2 are bytes; names of tensors are ASCII in both.
        case .binString: return .text(try text(try take(try number(Int32.self))))
        case .shortBinString: return .text(try text(try take(try number(UInt8.self))))
        case .binBytes:
            _ = try take(try number(UInt32.self))
            return .opaque
        default:
            _ = try take(try number(UInt8.self))
            return .opaque
        }
    }

    /// A two's complement number of any length; what does not fit 64 bits is of no use here.
    private func long(_ bytes: UnsafeRawBufferPointer) -> PickleValue {
        guard bytes.count <= 8 else { return .opaque }
        guard let last = bytes.last else { return .int(0) }
        var value: Int = last >= 0x80 ? -1 : 0
        for byte in bytes.reversed() { value = value << 8 | Int(byte) }
        return .int(value)
    }

    private func text(_ bytes: UnsafeRawBufferPointer) throws(WeightFileError) -> String {
        guard let text = bytes.text else { throw malformed("text in UTF-8", found: "other bytes") }
        return text
    }

    private mutating func number<Number: FixedWidthInteger>(
        _ type: Number.Type
    ) throws(WeightFileError) -> Number {
        guard let value = cursor.integer(type) else { throw ended() }
        return value
    }

    private mutating func take(_ count: some BinaryInteger) throws(WeightFileError) -> UnsafeRawBufferPointer
    {
        guard let bytes = cursor.take(count) else { throw ended() }
        return bytes
    }

    // MARK: - Stack and memory

    private mutating func pop() throws(WeightFileError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let top = stack.popLast() else {
            throw malformed("a value on the stack", found: "none")
        }
        return top
    }

    private mutating func pop(_ count: Int) throws(WeightFileError) -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else {
            throw malformed("\(count) values on the stack", found: "fewer")
        }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws(WeightFileError) -> [PickleValue] {
        guard let mark = marks.popLast(), mark <= stack.count else {
            throw malformed("a mark", found: "none")
        }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func push(tuple values: [PickleValue]) {
        stack.append(.tuple(tuples.count))
        tuples.append(values)
    }

    private mutating func pushDictionary() {
        stack.append(.dict(dicts.count))
        dicts.append([])
    }

    private mutating func get(_ index: Int) throws(WeightFileError) {
        guard let value = memo[index] else {
            throw malformed("a remembered value", found: "none at \(index)")
        }
        stack.append(value)
    }

    private mutating func put(_ index: Int) throws(WeightFileError) {
        let top = try pop()
        memo[index] = top
        stack.append(top)
    }

    private mutating func append(_ values: [PickleValue]) throws(WeightFileError) {
        switch stack.last {
        case .list(let index): lists[index] += values
        case .opaque: break
        case let other: throw malformed("a list", found: other?.kind ?? "nothing")
        }
    }

    private mutating func setItems(_ values: [PickleValue]) throws(WeightFileError) {
        guard values.count.isMultiple(of: 2) else {
            throw malformed("keys and values", found: "an odd number")
        }
        switch stack.last {
        case .dict(let index):
            for pair in stride(from: 0, to: values.count, by: 2) {
                dicts[index].append((key: values[pair], value: values[pair + 1]))
            }
        case .opaque: break
        case let other: throw malformed("a dictionary", found: other?.kind ?? "nothing")
        }
    }

    // MARK: - Objects

    private mutating func push(module: String, name: String) throws(WeightFileError) {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw .forbiddenPickle(
                url, offset: start + opening, what: "the name \(WeightFileError.quoted(module + "." + name))")
        }
        stack.append(.global(global))
    }

    /// `("storage", class, key, device, count)`.
    private mutating func pushStorage() throws(WeightFileError) {
        guard case .tuple(let index) = try pop(), tuples[index].count >= 5,
            case .text("storage") = tuples[index][0], case .global(.storage(let type)) = tuples[index][1],
            case .text(let key) = tuples[index][2], case .int(let count) = tuples[index][4], count >= 0
        else { throw malformed("the description of a storage") }
        if tuples[index].count > 5, case .tuple = tuples[index][5] {
            throw malformed("a whole storage", found: "a part of one")
        }
        if let known = storageNumbers[key] {
            guard storages[known].type == type, storages[known].count == count else {
                throw malformed("one description a storage", found: "two of \(WeightFileError.quoted(key))")
            }
            stack.append(.storage(known))
            return
        }
        storageNumbers[key] = storages.count
        stack.append(.storage(storages.count))
        storages.append(Storage(key: key, type: type, count: count))
    }

    /// A known function or class applied to a tuple.
    private mutating func call() throws(WeightFileError) {
        let values = try pop(2)
        guard case .tuple(let index) = values[1] else { throw malformed("a tuple", found: values[1].kind) }
        let arguments = tuples[index]
        guard case .global(let global) = values[0] else {
            throw malformed("a known function", found: values[0].kind)
        }
        switch global {
        case .tensor: stack.append(try tensor(arguments))
        case .parameter:
            guard case .tensor(let tensor)? = arguments.first else { throw malformed("a parameter's tensor") }
            stack.append(.tensor(tensor))
        case .orderedDictionary, .parameterDictionary:
            guard arguments.isEmpty else {
                throw malformed("an empty dictionary to fill", found: "one that is made of something")
            }
            pushDictionary()
        case .size:
            guard case .tuple? = arguments.first else { throw malformed("the tuple of a size") }
            stack.append(arguments[0])
        case .useless: stack.append(.opaque)
        case .storage, .inert:
            throw .forbiddenPickle(url, offset: start + opening, what: "a call of \(global)")
        }
    }

    /// `(storage, offset, shape, strides, …)`.
    private mutating func tensor(_ arguments: [PickleValue]) throws(WeightFileError) -> PickleValue {
        guard arguments.count >= 4, case .storage(let storage) = arguments[0],
            case .int(let offset) = arguments[1], let shape = integers(arguments[2]),
            let strides = integers(arguments[3]), shape.count == strides.count,
            shape.count <= Self.maximumRank
        else { throw malformed("a storage, an offset, a shape and strides") }
        let available = storages[storage].count
        guard Self.lies(shape, strides, from: offset, in: available) else {
            throw malformed(
                "a tensor within its storage of \(available) elements",
                found: "shape \(shape) with strides \(strides) from \(offset) on")
        }
        tensors.append(Tensor(storage: storage, offset: offset, shape: shape, strides: strides))
        return .tensor(tensors.count - 1)
    }

    /// True when every element of the view lies within a storage of `count` elements, none of them twice too often:
    /// a view may not have more elements than its storage.
    private static func lies(_ shape: [Int], _ strides: [Int], from offset: Int, in count: Int) -> Bool {
        guard offset >= 0, offset <= count, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 })
        else {
            return false
        }
        if shape.contains(0) { return true }
        var elements = 1
        var last = offset
        for (size, stride) in zip(shape, strides) {
            let (product, tooMany) = elements.multipliedReportingOverflow(by: size)
            let (step, tooFar) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflow) = last.addingReportingOverflow(step)
            guard !tooMany, !tooFar, !overflow, product <= count else { return false }
            (elements, last) = (product, sum)
        }
        return last < count
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        let values: [PickleValue]
        switch value {
        case .tuple(let index): values = tuples[index]
        case .list(let index): values = lists[index]
        default: return nil
        }
        let numbers = values.compactMap { if case .int(let number) = $0 { number } else { nil } }
        return numbers.count == values.count ? numbers : nil
    }

    /// Attributes of an object: those of a dictionary are only its history, those of a module hold its parameters.
    private mutating func build() throws(WeightFileError) {
        let state = try pop()
        switch (stack.last, state) {
        case (.dict(let index), .dict(let attributes)):
            if case .text("_metadata")? = dicts[attributes].first?.key { return }
            // Completing a dictionary with itself doubles it at the price of three bytes.
            guard index != attributes, dicts[attributes].count <= Self.mostAttributes else {
                throw malformed("the attributes of an object", found: "\(dicts[attributes].count) of them")
            }
            dicts[index] += dicts[attributes]
            completed += dicts[attributes].count
            guard completed <= Self.mostAttributes else {
                throw malformed("at most \(Self.mostAttributes) attributes of objects", found: "more")
            }
        case (.opaque, _): break
        case (let object, _): throw malformed("a dictionary to complete", found: object?.kind ?? "nothing")
        }
    }

    // MARK: - Errors

    private func ended() -> WeightFileError { malformed("more of the pickle", found: "its end") }

    private func malformed(_ expected: String, found: String = "something else") -> WeightFileError {
        .malformedPickle(url, offset: start + opening, expected: expected, found: found)
    }
}
