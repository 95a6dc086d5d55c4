import Layers
import Networks
import Tensors
import Tokenizers

/// What was read of a batch of captions.
struct CaptionStates {
    /// A state a token, `[batch, tokens, width]`.
    var tokens: Tensor
    /// The caption as a whole, `[batch, width]`, for networks that ask for it.
    var pooled: Tensor?
}

/// The networks that a session teaches, as far as an update has to do with them.
protocol Learner {
    /// Ids that stand for a caption in a batch.
    var tokens: Int { get }
    /// What a batch's pictures are to the network that learns to denoise, `[batch, …]`; on the CPU, no gradients.
    func samples(of batch: HostBatch) throws -> Tensor
    /// Ids `[batch, tokens]` → states.
    func read(_ ids: Tensor, _ context: ForwardContext) throws -> CaptionStates
    /// The states, with those of "no caption" where `dropped`, `[batch]`, is true.
    func dropping(_ text: CaptionStates, where dropped: Tensor) throws -> CaptionStates
    /// What the network says to noised samples; `timesteps` is `[batch]`.
    func predict(
        _ x: Tensor, timesteps: Tensor, text: CaptionStates, _ context: ForwardContext
    ) throws -> Tensor
}

extension TextToImageModel: Learner {
    var tokens: Int { text.tokens }

    func samples(of batch: HostBatch) throws -> Tensor { try batch.samples() }

    func read(_ ids: Tensor, _ context: ForwardContext) throws -> CaptionStates {
        CaptionStates(tokens: try encode(ids, context))
    }

    func dropping(_ text: CaptionStates, where dropped: Tensor) throws -> CaptionStates {
        CaptionStates(tokens: try self.text.dropping(text.tokens, where: dropped))
    }

    func predict(
        _ x: Tensor, timesteps: Tensor, text: CaptionStates, _ context: ForwardContext
    ) throws -> Tensor {
        try network(x, timestep: timesteps, text: text.tokens, context)
    }
}

/// How captions become ids: as many for each.
struct CaptionTokens: Sendable {
    /// Ids a caption.
    let count: Int
    /// The ids of one caption.
    let ids: @Sendable (String) -> [Int64]

    /// Word pieces, cut or padded to `count`.
    init(_ tokenizer: WordPieceTokenizer, count: Int) {
        self.count = count
        ids = { tokenizer.encode($0, limit: count, padding: true).ids.map(Int64.init) }
    }

    /// CLIP's ids, those of several text encoders one after the other.
    init(_ tokenizers: [CLIPTokenizer]) {
        count = tokenizers.reduce(0) { $0 + $1.settings.length }
        ids = { caption in tokenizers.flatMap { $0.tokens(of: caption).ids.map(Int64.init) } }
    }
}
