import Checkpoints
import Datasets
import Foundation
import Layers
import Networks
import Recipes
import Tensors
import Testing

@testable import Training

@Suite(.serialized) struct CaptionReadingTests {
    private func recipe(images: Int = 48) -> TrainingRecipe {
        var recipe = TinyRun.recipe(images: images)
        recipe.captionReading = .init()
        return recipe
    }

    /// Equal scores for all answers cost the logarithm of their number, whatever is right; −1 costs nothing.
    @Test func knowingNothingCostsTheLogarithmOfTheAnswers() throws {
        let scores = try Tensor.zeros([2, 3, 5])
        let loss = try CaptionReader.loss(of: scores, labels: [0, 1, 4, -1, 2, 3])
        #expect(abs(try loss.item() - log(5)) < 1e-6)
        #expect(try CaptionReader.loss(of: scores, labels: .init(repeating: -1, count: 6)).item() == 0)
    }

    @Test func theScoreOfTheRightAnswerLowersTheLoss() throws {
        // One question, two captions: the first is answered rightly with odds e³ : 1, the second wrongly.
        let scores = try Tensor([3, 0, 3, 0] as [Float], shape: [1, 2, 2])
        let loss = try CaptionReader.loss(of: scores, labels: [0, 1])
        let expected: Double = (log(1 + exp(-3)) + log(1 + exp(3))) / 2
        #expect(abs(try loss.item() - expected) < 1e-5)
    }

    @Test func aStageOfCaptionsTeachesWordsAndLeavesPixelsAlone() throws {
        var recipe = recipe(images: 32 * 60)
        recipe.learningRate.peak = 4e-3
        recipe.stages = [
            .init(untilImages: recipe.totalImages, resolution: 16, batchSize: 32, captionsOnly: true)
        ]
        let vocabulary = try TinyRun.vocabulary()
        let session = try TrainingSession(recipe, vectors: vocabulary.vectors)
        let batches = try TrainingBatches(recipe, tokenizer: vocabulary.tokenizer, tokens: session.tokens)
        func pixels() throws -> [String: [UInt8]] {
            var found: [String: [UInt8]] = [:]
            for path in session.store.paths where path.description.hasPrefix("unet.") {
                found[path.description] = try session.store[path]?.detached().bytes()
            }
            return found
        }
        let before = try pixels()
        var losses: [Double] = []
        while let order = Trainer.order(recipe, from: session.imagesSeen) {
            let batch = try batches.batch(order)
            #expect(batch.isCaptionsOnly && batch.pixels.isEmpty)
            losses.append(try session.step(batch).loss)
        }
        #expect(!before.isEmpty)
        #expect(try pixels() == before)
        let (first, last): (Double, Double) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
        #expect(last < 0.8 * first, "\(first / 5) → \(last / 5)")
        let captions = try #require(
            try TrainingBatches.heldOutCaptions(
                recipe, count: 64, tokenizer: vocabulary.tokenizer, tokens: session.tokens))
        let accuracy = try #require(try session.readingAccuracy(captions))
        #expect(accuracy.count == SceneLabels.questions.count)
        #expect(accuracy.values.allSatisfy { (0...1).contains($0) })
    }

    @Test func withoutAReaderNothingIsAsked() throws {
        let vocabulary = try TinyRun.vocabulary()
        let session = try TrainingSession(TinyRun.recipe(), vectors: vocabulary.vectors)
        let captions = try #require(
            try TrainingBatches.heldOutCaptions(
                recipe(), count: 4, tokenizer: vocabulary.tokenizer, tokens: session.tokens))
        #expect(try session.readingAccuracy(captions) == nil)
        #expect(session.store.paths.allSatisfy { !CaptionTeacher.owns($0) })
    }

    /// Captions first, then pictures, broken off in either: the same bytes as without a break.
    @Test func brokenOffAmongCaptionsEqualsUnbroken() throws {
        var recipe = recipe()
        recipe.stages = [
            .init(untilImages: 24, resolution: 16, batchSize: 8, captionsOnly: true),
            .init(untilImages: 48, resolution: 16),
        ]
        let (whole, broken) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [whole, broken].forEach(TinyRun.remove) }
        let vocabulary = try TinyRun.vocabulary()
        var readings: [Int] = []
        try TinyRun.expectGoesOnBitForBit(
            recipe, .words(vocabulary), whole: whole, broken: broken, stops: [2, 3]
        ) { event in
            if case .reading(let imagesSeen, _) = event { readings.append(imagesSeen) }
        }
        #expect(readings == [8, 16, 24, 32, 40, 48])
    }

    /// A model of short captions about scenes goes on with longer ones about portraits too: what it knew stands at the
    /// head of the larger tensors.
    @Test func aModelLearnsLongerCaptionsAndMoreQuestionsLater() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let vocabulary = try TinyRun.vocabulary()
        let first = recipe(images: 8)
        try Trainer(first, run: run, vocabulary: vocabulary).run()
        let old = run.appending(path: "model.safetensors")
        var later = first
        guard case .unet(var size) = later.model else { return }
        size.text.tokens += 8
        later.model = .unet(size)
        later.data.sources.append(DataSource(.world(WorldData(.portraits)), weight: 2))
        later.initialWeights = old.path
        let trainer = try Trainer(later, run: run.appending(path: "later"), vocabulary: vocabulary)
        let session = try TrainingSession(
            later, vectors: vocabulary.vectors, initial: trainer.initialParameters(old))
        let before = try DarkroomModelFile(opening: old, weightType: .float32)
        let smaller = try TrainingSession(first, vectors: vocabulary.vectors).store
        let shapes = Dictionary(
            uniqueKeysWithValues: zip(smaller.paths, smaller.tensors).map { ($0, $1.shape) })
        for (path, tensor) in zip(session.store.paths, session.store.tensors) {
            let stored = try #require(shapes[path])
            var head = tensor
            for (axis, length) in stored.enumerated() { head = try head.slice(0..<length, along: axis) }
            let known = try before.weights.parameter(at: path, shape: stored, initializer: .zeros)
            #expect(try head.values(as: Float.self) == known.values(as: Float.self), "\(path)")
            #expect(
                (stored == tensor.shape)
                    != ["text.position", "text.null", "reader.questions", "reader.answers"].contains(
                        path.description), "\(path)")
        }
        let questions = CaptionQuestions(later.data)
        #expect(questions.worlds == [.scenes, .portraits])
        #expect(questions.list.starts(with: SceneLabels.questions))
        let labels = questions.answers([3, 1], of: .portraits)
        #expect(labels.count == questions.list.count)
        #expect(labels[SceneLabels.questions.count...].prefix(3) == [3, 1, -1])
        #expect(labels.prefix(SceneLabels.questions.count).allSatisfy { $0 == -1 })
        let captions = try #require(
            try TrainingBatches.heldOutCaptions(
                later, count: 8, tokenizer: vocabulary.tokenizer, tokens: session.tokens))
        #expect(captions.count == 16)
        #expect(try session.readingAccuracy(captions)?["portraits role"] != nil)
    }

    /// A model trained without reader, positions and directions goes on with all of them; until the first step it draws
    /// what it drew, but for the directions.
    @Test func aModelLearnsToReadAndToKnowItsPlacesLater() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let vocabulary = try TinyRun.vocabulary()
        try Trainer(TinyRun.recipe(images: 8), run: run, vocabulary: vocabulary).run()
        let old = run.appending(path: "model.safetensors")
        var extended = recipe(images: 8)
        guard case .unet(var size) = extended.model else { return }
        size.positions = true
        extended.model = .unet(size)
        extended.initialWeights = old.path
        let trainer = try Trainer(extended, run: run.appending(path: "extended"), vocabulary: vocabulary)
        let session = try TrainingSession(
            extended, vectors: vocabulary.vectors, initial: trainer.initialParameters(old))
        #expect(session.store.paths.contains { UNet.tellsPosition($0) })
        #expect(session.store.paths.contains { CaptionTeacher.owns($0) })

        let trained = try DarkroomModelFile(opening: old, weightType: .float32)
        let plain = try TextToImageModel(
            ParameterScope(trained.weights), choice: TinyRun.recipe().model, resolution: 16,
            vectors: vocabulary.vectors)
        let (x, ids) = (
            try RandomStreams.normal([1, 3, 16, 16]), try Tensor([5, 6, 7, 8] as [Int64], shape: [1, 4])
        )
        let padded = try Tensor.concatenated([ids, Tensor.zeros([1, 20]).to(.int64)], along: 1)
        func drawn(_ model: TextToImageModel) throws -> [Float] {
            try Autograd.disabled {
                let text = try model.encode(padded, ForwardContext())
                return try model.network(
                    x, timestep: Tensor([300] as [Float], shape: [1]), text: text, ForwardContext()
                ).values(as: Float.self)
            }
        }
        #expect(try drawn(#require(try session.averagedModel())) == drawn(plain))
    }
}

private enum RandomStreams {
    static func normal(_ shape: [Int]) throws -> Tensor {
        var random = try RandomStream(seed: 9)
        return try random.normal(shape).reshaped(to: shape)
    }
}
