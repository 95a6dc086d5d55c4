import Diffusion
import Layers
import Networks
import NoiseSchedules
import Recipes
import Tensors

/// Forward and backward: what an update learns from.
extension TrainingSession {
    /// What chance decides about a batch, drawn for the whole of it before it is cut into pieces: so the pieces learn
    /// what the whole would have learnt.
    fileprivate struct Draw {
        let sample, epsilon, dropped: Tensor
        let pixelWeights: Tensor?
        let levels: [NoiseLevel]
        /// Whether the network sees an estimate of its own in this update.
        let seesEstimate: Bool
    }

    /// Adds the gradients of the batch's share of the mean loss to those of the parameters, and returns that share.
    func backward(_ batch: HostBatch, _ part: BatchPart) throws -> Double {
        guard let dropout = adapted?.dropout else { return try learned(batch, part) }
        let seed = RandomStream.derivedSeed(
            recipe.seed, purpose: "adapter dropout", index: imagesSeen + part.range.lowerBound)
        return try dropout.active(seed: seed) { try learned(batch, part) }
    }

    private func learned(_ batch: HostBatch, _ part: BatchPart) throws -> Double {
        let pieces = pieces(of: batch)
        let draw = batch.isCaptionsOnly ? nil : try draw(batch, part)
        let tokens = try batch.tokens()
        let answered = batch.labels.map { labels in labels.count { $0 >= 0 } } ?? 0
        var total: Tensor?
        for piece in pieces {
            let isWhole = piece.count == batch.count
            let ids = try (isWhole ? tokens : tokens.slice(piece)).to(device)
            let labels = batch.labels.map { labels in
                let questions = labels.count / max(1, batch.count)
                return Array(labels[piece.lowerBound * questions..<piece.upperBound * questions])
            }
            // Means of pieces become the mean of the whole: by images, and by questions that have an answer.
            let share = part.shareOfImages * Double(piece.count) / Double(batch.count)
            let known = Double((labels ?? []).count { $0 >= 0 })
            let readingShare = part.shareOfLabels * (answered > 0 ? known / Double(answered) : 1)
            let loss: Tensor
            if let draw {
                let (picture, reading) = try pictureLoss(
                    isWhole ? draw : draw.piece(piece), ids: ids, labels: labels)
                let scaled = try picture * share
                loss = try reading.map { try scaled + $0 * readingShare } ?? scaled
            } else {
                loss = try readingLoss(ids, labels: labels, index: batch.start) * readingShare
            }
            try loss.backward()
            let detached = try loss.detached()
            total = try total.map { try $0 + detached } ?? detached
        }
        return try total?.item() ?? .nan
    }

    /// One piece for a whole batch, or as many of the stage's batch size as it takes.
    private func pieces(of batch: HostBatch) -> [Range<Int>] {
        guard recipe.accumulate > 1 else { return [0..<batch.count] }
        let size = max(1, recipe.stage(at: imagesSeen).batchSize ?? recipe.batchSize)
        return stride(from: 0, to: batch.count, by: size).map { $0..<min($0 + size, batch.count) }
    }

    /// Every process draws the numbers of the whole batch and takes its own, so that their number changes nothing.
    private func draw(_ batch: HostBatch, _ part: BatchPart) throws -> Draw {
        var random = try RandomStream(
            seed: RandomStream.derivedSeed(recipe.seed, purpose: "step", index: imagesSeen))
        let sample = try learner.samples(of: batch)
        let draws = try random.normal([part.whole]).values(as: Float.self)[part.range]
        let levels = draws.map {
            recipe.noiseLevels.level(normal: Double($0), over: objective.schedule)
        }
        var epsilon = try random.normal([part.whole] + sample.shape.dropFirst()).squeezed(0)
            .slice(part.range)
        let chance = try random.uniform([part.whole]).squeezed(0).slice(part.range)
        if recipe.noiseOffset > 0 {
            let shift = try random.normal([part.whole, sample.size(1), 1, 1]).squeezed(0).slice(part.range)
            epsilon = try epsilon + shift * recipe.noiseOffset
        }
        return Draw(
            sample: sample, epsilon: try epsilon.channelsLast(),
            dropped: try (recipe.captionDropout - chance).isGreater(than: 0),
            pixelWeights: try pixelWeights(of: batch, like: sample), levels: levels,
            seesEstimate: try drawsEstimate())
    }

    /// Whether this update makes an estimate first: the same for all of its pieces and in all processes.
    private func drawsEstimate() throws -> Bool {
        guard recipe.seesEstimates else { return false }
        var random = try RandomStream(
            seed: RandomStream.derivedSeed(recipe.seed, purpose: "selfConditioning", index: imagesSeen))
        return try random.uniform([1]).item() < recipe.selfConditioning
    }

    /// How much each pixel of the samples counts.
    private func pixelWeights(of batch: HostBatch, like sample: Tensor) throws -> Tensor? {
        guard let weights = try batch.weights() else { return nil }
        guard weights.size(-1) == sample.size(-1) else {
            throw TrainingError.badExample(
                index: batch.start,
                reason: "its pixels count differently, and the network sees latents; leave objectWeight at 1."
            )
        }
        return weights
    }

    /// How badly the captions are read; no picture is looked at.
    private func readingLoss(_ ids: Tensor, labels: [Int64]?, index: Int) throws -> Tensor {
        guard let teacher, let labels else {
            throw TrainingError.badExample(
                index: index, reason: "a caption without a picture or labels.")
        }
        return try Autograd.autocast(to: autocastType, on: device) {
            try teacher.loss(learner.read(ids, ForwardContext()).tokens, labels: labels)
        }
    }

    /// How badly the noised pictures are guessed, and their captions read where the recipe asks for it.
    private func pictureLoss(
        _ draw: Draw, ids: Tensor, labels: [Int64]?
    ) throws -> (picture: Tensor, reading: Tensor?) {
        let noised = try objective.noised(
            draw.sample.to(device), epsilon: draw.epsilon.to(device), levels: draw.levels)
        let context = ForwardContext(probe: probe, recomputesBlocks: recipe.gradientCheckpointing)
        let timesteps = try Tensor(noised.timesteps.map(Float.init), shape: [draw.levels.count]).to(device)
        let dropped = try draw.dropped.to(device)
        let x =
            try draw.seesEstimate
            ? withEstimate(of: learner, noised, ids: ids, timesteps: timesteps, dropped: dropped) : noised.x
        let (prediction, reading) = try Autograd.autocast(to: autocastType, on: device) {
            let text = try learner.read(ids, context)
            let prediction = try learner.predict(
                x, timesteps: timesteps, text: learner.dropping(text, where: dropped), context)
            guard let teacher, let labels else { return (prediction, Tensor?.none) }
            return (prediction, try teacher.loss(text.tokens, labels: labels) * teacher.weight)
        }
        let loss = try objective.loss(
            of: prediction, for: noised, pixelWeights: draw.pixelWeights?.to(device))
        return (loss, reading)
    }

    /// The noisy pictures with a network's own estimate of the clean ones behind them, from which nothing is learnt.
    ///
    /// In an autocast scope of its own: weights cast without gradients must not be found again by the pass that learns.
    /// Captions are read but where `dropped`, `[batch]`, is true; nil reads all.
    func withEstimate(
        of model: any Learner, _ noised: NoisedBatch, ids: Tensor, timesteps: Tensor, dropped: Tensor? = nil
    ) throws -> Tensor {
        try Autograd.disabled {
            let prediction = try Autograd.autocast(to: autocastType, on: device) {
                let text = try model.read(ids, ForwardContext())
                return try model.predict(
                    noised.x, timesteps: timesteps,
                    text: dropped.map { try model.dropping(text, where: $0) } ?? text, ForwardContext())
            }
            let estimate = try EstimateMemory.shown(objective.samples(from: prediction, for: noised))
            return try Tensor.concatenated([noised.x, estimate], along: 1)
        }
    }
}

extension TrainingSession.Draw {
    /// The same numbers for some of the images.
    fileprivate func piece(_ range: Range<Int>) throws -> Self {
        Self(
            sample: try sample.slice(range), epsilon: try epsilon.slice(range),
            dropped: try dropped.slice(range), pixelWeights: try pixelWeights?.slice(range),
            levels: Array(levels[range]), seesEstimate: seesEstimate)
    }
}
