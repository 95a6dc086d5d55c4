/// A second model that takes over before the noise is gone, as the refiner of Stable Diffusion XL does.
///
/// Source: Podell et al. 2023, section 2.5.
public struct RefinerChoice: Codable, Hashable, Sendable {
    /// The second model's name or path.
    public var model: String
    /// The share of the noise range after which it takes over: at 0.8 the last fifth is its own.
    public var start: Double

    /// `model` from `start` on.
    public init(model: String, start: Double = 0.8) { (self.model, self.start) = (model, start) }

    enum CodingKeys: String, CodingKey, CaseIterable { case model, start }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        model = try fields.required(.model)
        start = try fields.value(.start, or: 0.8, "a number above 0 and below 1") { $0 > 0 && $0 < 1 }
    }
}
