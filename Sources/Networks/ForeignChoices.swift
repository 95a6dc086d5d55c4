import Layers
import Recipes

extension StrictFields {
    /// What a name stands for; nil when the key is absent.
    func choice<Value>(_ key: Key, _ what: String, _ choices: [String: Value]) throws -> Value? {
        guard let name = try optional(key, as: String.self) else { return nil }
        guard let value = choices[name] else {
            throw RecipeError.unknownChoice(
                path: path(key), what: what, found: name, known: choices.keys.sorted())
        }
        return value
    }

    /// Refuses any other name than this one; the key may be absent.
    func expect(_ key: Key, _ what: String, _ name: String) throws {
        _ = try choice(key, what, [name: true])
    }
}

extension Activation {
    /// The functions by the names that diffusers gives them.
    static let namedByDiffusers: [String: Activation] = [
        "silu": .silu, "swish": .silu, "gelu": .gelu, "relu": .relu, "mish": .mish,
    ]
    /// The functions by the names that transformers gives them.
    static let namedByTransformers: [String: Activation] = [
        "quick_gelu": .quickGELU, "gelu": .gelu, "gelu_python": .gelu, "gelu_new": .tanhGELU,
        "gelu_pytorch_tanh": .tanhGELU, "silu": .silu, "swish": .silu, "relu": .relu, "mish": .mish,
    ]
}
