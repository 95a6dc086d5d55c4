/// The kinds of model that a file can hold, found from its tensors' names and shapes.
public enum ModelFamily: String, Hashable, Sendable, Codable, CaseIterable {
    /// Stable Diffusion 1.x: one CLIP text encoder, projections of the cross-attention as 1 × 1 convolutions.
    case stableDiffusion1 = "stable-diffusion-1"
    /// Stable Diffusion 2.x: one OpenCLIP text encoder, projections as matrices.
    case stableDiffusion2 = "stable-diffusion-2"
    /// Stable Diffusion XL: two text encoders, sizes as conditioning.
    case stableDiffusionXL = "stable-diffusion-xl"
    /// The refiner of Stable Diffusion XL: the larger text encoder only.
    case stableDiffusionXLRefiner = "stable-diffusion-xl-refiner"
    /// A model that Darkroom trained.
    case darkroom

    /// The name as people write it.
    public var title: String {
        switch self {
        case .stableDiffusion1: "Stable Diffusion 1.x"
        case .stableDiffusion2: "Stable Diffusion 2.x"
        case .stableDiffusionXL: "Stable Diffusion XL"
        case .stableDiffusionXLRefiner: "Stable Diffusion XL refiner"
        case .darkroom: "Darkroom"
        }
    }
}

/// A network of a model; the raw value is the name of its folder in the diffusers layout.
public enum ModelPart: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// The denoising U-Net.
    case unet
    /// The autoencoder between pictures and latents.
    case autoencoder = "vae"
    /// The text encoder; in XL the smaller one.
    case textEncoder = "text_encoder"
    /// The larger text encoder of XL and its refiner.
    case textEncoder2 = "text_encoder_2"

    /// The order in which data flow through a model's parts, text first.
    public static func < (left: ModelPart, right: ModelPart) -> Bool { left.order < right.order }

    private var order: Int {
        switch self {
        case .textEncoder: 0
        case .textEncoder2: 1
        case .unet: 2
        case .autoencoder: 3
        }
    }

    /// What weights of this part are called in the diffusers layout, without ending.
    var weightStem: String {
        switch self {
        case .unet, .autoencoder: "diffusion_pytorch_model"
        case .textEncoder, .textEncoder2: "model"
        }
    }
    /// The same for pickled weights.
    var pickleStem: String {
        switch self {
        case .unet, .autoencoder: "diffusion_pytorch_model"
        case .textEncoder, .textEncoder2: "pytorch_model"
        }
    }
}
