import Foundation
import WeightFiles

/// PEFT's settings of an adapter, as far as they change the numbers: `adapter_config.json`, or `lora_adapter_metadata`
/// in the metadata of what diffusers wrote, where a component's name stands before each key.
struct AdapterSettings: Sendable {
    private struct Component: Sendable {
        var alpha: Double?
        var usesSquareRoot = false
        var patterns: [String: Double] = [:]
    }

    private var components: [String: Component] = [:]

    /// No settings: alpha is the rank.
    init() {}

    init(beside file: any WeightFile) throws {
        if let text = file.metadata["lora_adapter_metadata"] {
            let object = try JSONFile.object(Data(text.utf8), named: file.url)
            for part in ModelPart.allCases {
                let prefix = part.rawValue + "."
                let own = object.filter { $0.key.hasPrefix(prefix) }
                if !own.isEmpty {
                    components[prefix] = Self.component(
                        Dictionary(
                            uniqueKeysWithValues: own.map {
                                (String($0.key.dropFirst(prefix.count)), $0.value)
                            }))
                }
            }
            return
        }
        let beside = file.url.deletingLastPathComponent().appending(path: "adapter_config.json")
        guard file.url.lastPathComponent.hasPrefix("adapter_model."),
            FileManager.default.fileExists(atPath: beside.path(percentEncoded: false))
        else { return }
        components[""] = Self.component(try JSONFile.object(beside))
    }

    private static func component(_ object: [String: Any]) -> Component {
        Component(
            alpha: object["lora_alpha"] as? Double, usesSquareRoot: object["use_rslora"] as? Bool ?? false,
            patterns: object["alpha_pattern"] as? [String: Double] ?? [:])
    }

    private func component(of place: String) -> (Component, inside: String)? {
        guard let prefix = components.keys.first(where: place.hasPrefix), let component = components[prefix]
        else {
            return nil
        }
        return (component, String(place.dropFirst(prefix.count)))
    }

    /// The alpha of a place that names none: what the settings say, else the rank.
    func alpha(of place: String, rank: Int) -> Double {
        guard let (component, inside) = component(of: place) else { return Double(rank) }
        let pattern = component.patterns.first { inside == $0.key || inside.hasSuffix("." + $0.key) }
        return pattern?.value ?? component.alpha ?? Double(rank)
    }

    /// Whether the sum is divided by the square root of the rank.
    func usesSquareRoot(of place: String) -> Bool { component(of: place)?.0.usesSquareRoot ?? false }
}
