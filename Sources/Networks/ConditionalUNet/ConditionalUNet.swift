public import Layers
public import Tensors

/// What Stable Diffusion XL tells its U-Net beside timestep and text.
public struct AddedConditioning: Sendable {
    /// Sizes, crop and (for the refiner) aesthetic score, `[batch, numbers]`.
    public var timeIDs: Tensor
    /// The pooled text, `[batch, width]`.
    public var pooled: Tensor

    /// What goes with a batch of pictures.
    public init(timeIDs: Tensor, pooled: Tensor) { (self.timeIDs, self.pooled) = (timeIDs, pooled) }
}

/// The U-Net of Stable Diffusion 1, 2 and XL with their variants; equal to diffusers' `UNet2DConditionModel`.
///
/// Names of parameters and of observed activations are those of the reference. What a probe sees at `attn1` and `attn2`
/// is the sum of the stream and what the attention adds to it.
/// Source: Rombach et al. 2022; Podell et al. 2023 for XL.
public struct ConditionalUNet: Sendable {
    /// Where it stands in the model.
    public let path: ParameterPath
    /// Its sizes.
    public let configuration: ConditionalUNetConfiguration
    private let waves: TimestepWaves
    private let time: VectorPerceptron
    private let addedWaves: TimestepWaves?
    private let added: VectorPerceptron?
    private let labels: LabelEmbedding?
    private let textProjection: Linear?
    private let input, output: Conv2d
    private let down: [DownStage]
    private let middle: MiddleStage?
    private let up: [UpStage]
    private let norm: GroupNorm

    /// Builds the network.
    /// - Throws: `LayerError` for sizes that do not fit together; what the source throws when a tensor is missing or
    ///   misshapen.
    public init(_ scope: ParameterScope, _ configuration: ConditionalUNetConfiguration) throws {
        let c = configuration
        path = scope.path
        self.configuration = c
        let first = c.down[0].channels
        let waves = try TimestepWaves(
            width: first, cosinesFirst: c.time.cosinesFirst, shift: c.time.frequencyShift)
        self.waves = waves
        time = try VectorPerceptron(
            scope["time_embedding"], from: first, to: c.time.width, conditionWidth: c.guidanceWidth,
            activation: c.style.activation, final: c.time.final)
        addedWaves = try c.added.map {
            try TimestepWaves(
                width: $0.timeIDWidth, cosinesFirst: c.time.cosinesFirst, shift: c.time.frequencyShift)
        }
        added = try c.added.map {
            try VectorPerceptron(scope["add_embedding"], from: $0.width, to: c.time.width)
        }
        labels = try c.labels.map {
            try LabelEmbedding(
                scope["class_embedding"], $0, width: c.time.width, waves: waves,
                activation: c.style.activation)
        }
        textProjection = try c.textProjection.map {
            try Linear(scope["encoder_hid_proj"], from: $0, to: c.crossAttentionWidth)
        }
        input = try Conv2d(
            scope["conv_in"].unrounded, from: c.inputChannels, to: first, kernel: c.inputKernel,
            padding: .around((c.inputKernel - 1) / 2))

        var channels = first
        var skips = [first]
        down = try c.down.enumerated().map { index, stage in
            defer { channels = stage.channels }
            let isLast = index == c.down.count - 1
            skips += Array(repeating: stage.channels, count: stage.layers + (isLast ? 0 : 1))
            return try DownStage(
                scope["down_blocks"][index], from: channels, stage, style: c.style,
                downsamplePadding: isLast ? nil : c.downsamplePadding)
        }
        middle = try c.middle.map {
            try MiddleStage(scope["mid_block"], channels: channels, $0, style: c.style)
        }
        up = try c.up.enumerated().map { index, stage in
            defer { channels = stage.channels }
            let taken = Array(skips.suffix(stage.layers).reversed())
            skips.removeLast(min(stage.layers, skips.count))
            return try UpStage(
                scope["up_blocks"][index], from: channels, skips: taken, stage, style: c.style,
                upsamples: index < c.up.count - 1)
        }
        norm = try GroupNorm(
            scope["conv_norm_out"], channels: first, groups: c.style.groups, epsilon: c.style.epsilon)
        output = try Conv2d(
            scope["conv_out"].unrounded, from: first, to: c.outputChannels, kernel: c.outputKernel,
            padding: .around((c.outputKernel - 1) / 2))
    }

    /// Computes what all attention layers need to know of a text; once a picture.
    ///
    /// - Parameter text: tokens, `[batch, tokens, textWidth]`.
    /// - Returns: keys and values of every layer that attends to the text.
    /// - Throws: `NetworkError.wrongShape`; `TensorError` from the engine.
    public func prepare(text: Tensor) throws -> PreparedText {
        guard text.rank == 3, text.size(2) == configuration.textWidth else {
            throw NetworkError.wrongShape(
                path, of: "the text", expected: "[batch, tokens, \(configuration.textWidth)]",
                found: text.shape)
        }
        let text = try text.to(input.weight.dtype)
        let projected = try textProjection?(text) ?? text
        var entries: [ParameterPath: KeysAndValues] = [:]
        for stage in down { try stage.prepare(projected, into: &entries) }
        try middle?.prepare(projected, into: &entries)
        for stage in up { try stage.prepare(projected, into: &entries) }
        return PreparedText(batch: text.size(0), entries: entries)
    }

    /// Predicts from noisy latents what the model was trained to predict.
    ///
    /// It computes in the type of its parameters and answers in the type of `x`.
    /// - Parameters:
    ///   - x: noisy latents, with an inpainting model followed by mask and masked latent, `[batch, inputChannels,
    ///     height, width]`; any height and width.
    ///   - timestep: timesteps of the schedule it was trained with, `[batch]`, or `[1]` for all.
    ///   - text: what `prepare` made of as many texts.
    ///   - added: pooled text and sizes, for models that ask for them.
    ///   - guidanceEmbedding: the embedded guidance scale `[batch, guidanceWidth]`, for models that know it.
    ///   - labels: labels, for models that ask for them.
    ///   - reuse: the deep features of an earlier call, taken in place of computing them, or kept for later ones; nil
    ///     computes all.
    ///   - context: what the pass carries besides, such as a probe.
    /// - Returns: the prediction, `[batch, outputChannels, height, width]`, channels last.
    /// - Throws: `NetworkError` for inputs that do not fit; `TensorError` from the engine.
    public func callAsFunction(
        _ x: Tensor, timestep: Tensor, text: PreparedText, added: AddedConditioning? = nil,
        guidanceEmbedding: Tensor? = nil, labels: Tensor? = nil, reuse: FeatureReuse? = nil,
        _ context: ForwardContext = ForwardContext()
    ) throws -> Tensor {
        try check(x, timestep: timestep, text: text)
        var h = try x.to(input.weight.dtype)
        if configuration.centersInput { h = try h * 2 - 1 }
        let vector = try conditioning(
            timestep: timestep, batch: x.size(0), added: added, guidance: guidanceEmbedding, labels: labels,
            context)
        h = try context.observe(input(h.channelsLast()), at: path.appending("conv_in"))
        var skips = [h]
        if let deep = reuse?.features(for: h) {
            h = try up.last?.last(deep, vector, text: text, skips: &skips, context) ?? deep
        } else {
            for stage in down { h = try stage(h, vector, text: text, skips: &skips, context) }
            h = try middle?(h, vector, text: text, context) ?? h
            for stage in up.dropLast() { h = try stage(h, vector, text: text, skips: &skips, context) }
            if let stage = up.last {
                h = try stage.deep(h, vector, text: text, skips: &skips, context)
                reuse?.keep(h)
                h = try stage.last(h, vector, text: text, skips: &skips, context)
            }
        }
        h = try output(norm(h, activation: configuration.style.activation))
        return try context.observe(h, at: path.appending("conv_out")).to(x.dtype)
    }

    /// Timestep, guidance, labels, pooled text and sizes as one vector that has been through the blocks' activation.
    private func conditioning(
        timestep: Tensor, batch: Int, added extra: AddedConditioning?, guidance: Tensor?,
        labels given: Tensor?,
        _ context: ForwardContext
    ) throws -> Tensor {
        let dtype = input.weight.dtype
        if let guidance {
            guard let width = configuration.guidanceWidth else {
                throw NetworkError.unexpectedInput(
                    path, "a guidance embedding", why: "it was not distilled with guidance inside")
            }
            guard guidance.shape == [batch, width] else {
                throw NetworkError.wrongShape(
                    path, of: "the guidance embedding", expected: "[\(batch), \(width)]",
                    found: guidance.shape)
            }
        }
        var vector = try time(waves(timestep).to(dtype), condition: guidance?.to(dtype), context)
        if vector.size(0) != batch { vector = try vector.expanded(batch, -1) }
        if let label = try labelVector(given, batch: batch, context) {
            vector =
                try configuration.labelsAreConcatenated
                ? .concatenated([vector, label], along: -1) : vector + label
        }
        if let extra = try addedVector(extra, batch: batch, context) { vector = try vector + extra }
        if let last = configuration.time.last { vector = try last(vector) }
        return try configuration.style.activation(vector)
    }

    private func labelVector(_ given: Tensor?, batch: Int, _ context: ForwardContext) throws -> Tensor? {
        guard let labels else {
            if given == nil { return nil }
            throw NetworkError.unexpectedInput(path, "labels", why: "it was trained without")
        }
        guard let given else {
            throw NetworkError.missingInput(path, "labels", why: "it was trained with them")
        }
        return try labels(given, batch: batch, dtype: input.weight.dtype, context)
    }

    private func addedVector(
        _ given: AddedConditioning?, batch: Int, _ context: ForwardContext
    ) throws -> Tensor? {
        guard let sizes = configuration.added, let added, let addedWaves else {
            if given == nil { return nil }
            throw NetworkError.unexpectedInput(
                path, "a pooled text and picture sizes", why: "it is no Stable Diffusion XL")
        }
        guard let given else {
            throw NetworkError.missingInput(
                path, "the pooled text and the picture's sizes", why: "it was trained with them")
        }
        let pooled = given.pooled
        guard pooled.rank == 2, pooled.size(0) == batch,
            let count = sizes.timeIDCount(pooledWidth: pooled.size(1))
        else {
            throw NetworkError.wrongShape(
                path, of: "the pooled text",
                expected: "[\(batch), width] with a width that leaves multiples of \(sizes.timeIDWidth) of "
                    + "\(sizes.width)", found: pooled.shape)
        }
        guard given.timeIDs.shape == [batch, count] else {
            throw NetworkError.wrongShape(
                path, of: "the picture's sizes", expected: "[\(batch), \(count)]", found: given.timeIDs.shape)
        }
        let dtype = input.weight.dtype
        let numbers = try addedWaves(given.timeIDs).reshaped(batch, count * sizes.timeIDWidth)
        return try added(.concatenated([pooled.to(dtype), numbers.to(dtype)], along: -1), context)
    }

    private func check(_ x: Tensor, timestep: Tensor, text: PreparedText) throws {
        let (batch, channels) = (x.size(0), configuration.inputChannels)
        guard x.rank == 4, x.size(1) == channels, x.count > 0 else {
            throw NetworkError.wrongShape(
                path, of: "the latent", expected: "[batch, \(channels), height, width]", found: x.shape)
        }
        guard timestep.shape == [batch] || timestep.shape == [1] else {
            throw NetworkError.wrongShape(
                path, of: "the timestep", expected: "[\(batch)] or [1]", found: timestep.shape)
        }
        guard text.batch == batch else {
            throw NetworkError.wrongShape(
                path, of: "the text", expected: "one a latent, [\(batch), …]", found: [text.batch])
        }
    }
}
