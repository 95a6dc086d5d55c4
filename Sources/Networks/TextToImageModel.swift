public import Layers
public import Recipes
public import Tensors

/// Words and picture network together: everything of a Darkroom model that is trained.
public struct TextToImageModel: Sendable {
    /// The frozen word-piece vectors it reads.
    public let vectors: WordVectors
    /// The text encoder.
    public let text: TextTransformer
    /// The picture network.
    public let network: any DenoisingNetwork

    /// Builds a model as the choice says, for pictures of `resolution` pixels a side.
    ///
    /// `seesEstimates` says whether the network was, or is to be, trained with self-conditioning.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(
        _ scope: ParameterScope, choice: ModelChoice, resolution: Int, vectors: WordVectors,
        seesEstimates: Bool = false
    ) throws {
        self.vectors = vectors
        switch choice {
        case .unet(let size):
            text = try TextTransformer(scope["text"], vectorWidth: vectors.width, size: size.text)
            network = try UNet(scope["unet"], size: size, seesEstimates: seesEstimates)
        case .pixelTransformer(let size):
            text = try TextTransformer(scope["text"], vectorWidth: vectors.width, size: size.text)
            network = try PixelTransformer(
                scope["transformer"], size: size, resolution: resolution, seesEstimates: seesEstimates)
        }
    }

    /// True for the weights of the layer that sees the noisy pictures, and the estimates where a network sees those: they
    /// have the channels of both along their second axis.
    public static func seesPictures(_ path: ParameterPath) -> Bool {
        ["unet.input.weight", "transformer.input.weight"].contains(path.description)
    }

    /// Token ids `[batch, tokens]` → text tokens, `[batch, tokens, width]`.
    public func encode(_ ids: Tensor, _ context: ForwardContext) throws -> Tensor {
        try text(vectors(ids), context)
    }
}
