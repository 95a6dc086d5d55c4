/// What a pickle builds.
///
/// Containers are named by their number in the machine's lists, so a value never holds another:
/// nothing is deep, and nothing is freed recursively.
enum PickleValue {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case text(String)
    case tuple(Int)
    case list(Int)
    case dict(Int)
    /// A class or function by name.
    case global(PickleGlobal)
    case storage(Int)
    case tensor(Int)
    /// Something that is of no use here and was never made: a random state, a set, a number of numpy's.
    case opaque

    /// What a message calls it.
    var kind: String {
        switch self {
        case .none: "nothing"
        case .bool: "a truth value"
        case .int: "a whole number"
        case .float: "a number"
        case .text: "a text"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dict: "a dictionary"
        case .global(let global): global.description
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .opaque: "another object"
        }
    }
}

/// A name that a pickle may mention.
///
/// What is not in this list is refused, and nothing in it runs any code.
enum PickleGlobal: Hashable, CustomStringConvertible {
    /// `torch.FloatStorage` and its sisters.
    case storage(StoredType)
    /// `torch._utils._rebuild_tensor_v2`: a view of a storage.
    case tensor
    /// `torch._utils._rebuild_parameter`: its tensor.
    case parameter
    /// `collections.OrderedDict`.
    case orderedDictionary
    /// `torch.Size`: its tuple.
    case size
    /// A module that holds parameters by name.
    case parameterDictionary
    /// What may be called and gives something of no use here.
    case useless
    /// What may be mentioned and not called.
    case inert

    init?(module: String, name: String) {
        guard let known = Self.known[module + "." + name] else { return nil }
        self = known
    }

    var description: String {
        switch self {
        case .storage(let type): "a storage class of \(type.rawValue)"
        case .tensor: "torch._utils._rebuild_tensor_v2"
        case .parameter: "torch._utils._rebuild_parameter"
        case .orderedDictionary: "collections.OrderedDict"
        case .size: "torch.Size"
        case .parameterDictionary: "torch.nn.ParameterDict"
        case .useless, .inert: "a class"
        }
    }

    private static let known: [String: PickleGlobal] = {
        var known: [String: PickleGlobal] = [
            "torch._utils._rebuild_tensor_v2": .tensor,
            "torch._utils._rebuild_tensor": .tensor,
            "torch._utils._rebuild_parameter": .parameter,
            "torch._utils._rebuild_parameter_with_state": .parameter,
            "collections.OrderedDict": .orderedDictionary,
            "torch.Size": .size,
            "torch.nn.modules.container.ParameterDict": .parameterDictionary,
            "torch.device": .useless,
            "builtins.set": .useless, "__builtin__.set": .useless,
            "_codecs.encode": .useless,
            "numpy.dtype": .useless,
            "numpy.core.multiarray.scalar": .useless, "numpy._core.multiarray.scalar": .useless,
            "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint": .inert,
            "pytorch_lightning.callbacks.ModelCheckpoint": .inert,
        ]
        let storages: [(String, StoredType)] = [
            ("Double", .float64), ("Float", .float32), ("Half", .float16), ("BFloat16", .bfloat16),
            ("Long", .int64),
            ("Int", .int32), ("Short", .int16), ("Char", .int8), ("Byte", .uint8), ("Bool", .bool),
            ("Untyped", .uint8),
        ]
        for (name, type) in storages { known["torch.\(name)Storage"] = .storage(type) }
        known["torch.storage.UntypedStorage"] = .storage(.uint8)
        for name in [
            "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
        ] {
            known["torch." + name] = .inert
        }
        return known
    }()
}
