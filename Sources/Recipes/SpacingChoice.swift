/// Which noise levels generation visits; made into a `StepSpacing` by `Diffusion`.
public enum SpacingChoice: String, PlainChoice, Equatable, Sendable {
    /// Equal strides up from the cleanest timestep; stops short of pure noise.
    case leading
    /// Equal strides down from pure noise.
    case trailing
    /// Equal steps of sigma to the power 1/7. Source: Karras et al. 2022, equation 5.
    case karras
    /// Equal strides with both ends of the training grid.
    case linspace

    static let what = "spacing"

    /// Reads the name of a spacing.
    public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }

    /// The spacing of that name, in any case.
    /// - Throws: `RecipeError.unknownChoice` with the nearest names.
    public init(named name: String) throws(RecipeError) {
        self = try .named(name.lowercased(), at: "spacing")
    }

    /// The spacing that a sampler's name brings along, as in "DPM++ 2M Karras".
    public init?(impliedBySampler name: String) {
        guard name.lowercased().hasSuffix("karras") else { return nil }
        self = .karras
    }
}
