import Checkpoints
import Foundation
import Networks
import Recipes
import Synchronization
import Tensors
import Tokenizers

/// What the text encoders say of a prompt.
struct EncodedPrompt: Sendable {
    /// A state a token, `[1, tokens, width]`; those of two encoders side by side, those of several chunks in a row.
    var embedding: Tensor
    /// The pooled text of XL's larger encoder, `[1, width]`, of the first chunk.
    var pooled: Tensor?

    /// Nothing at all, in the shapes of this one.
    func zeroed() throws -> EncodedPrompt {
        EncodedPrompt(embedding: try embedding * 0, pooled: try pooled.map { try $0 * 0 })
    }
}

/// Prompt → states of the text encoders.
final class StableDiffusionText: Sendable {
    private struct Encoder: Sendable {
        let tokenizer: CLIPTokenizer
        let network: CLIPTextTransformer

        /// The encoder with the words of textual inversions.
        func learning(_ files: [TextualInversionFile], _ part: ModelPart) throws -> Encoder {
            guard !files.isEmpty else { return self }
            guard tokenizer.rowCount == network.configuration.vocabulary else {
                throw PipelineError.unusableModel(
                    reason:
                        "its \(part.rawValue) has \(network.configuration.vocabulary) words and its tokenizer "
                        + "\(tokenizer.rowCount), so that no words can be added")
            }
            var (tokenizer, network) = (tokenizer, network)
            for file in files {
                for token in file.tokens {
                    let rows = try file.rows(of: token, for: part, width: network.configuration.width)
                    let added = AddedToken(token, rows: rows.size(0), isWholeWord: true)
                    tokenizer = try tokenizer.adding([added])
                    network = try network.addingTokens(rows)
                }
            }
            return Encoder(tokenizer: tokenizer, network: network)
        }
    }
    private struct Key: Hashable {
        let chunks: [[PromptChunk]]
        let skip: Int?
    }

    private let encoders: [Encoder]
    private let isXL: Bool
    private let device: Device
    /// Prompts read lately, latest last.
    private let known = Mutex<[(key: Key, encoded: EncodedPrompt)]>([])
    private static let mostKnown = 16

    init(_ files: ModelFiles, _ source: StableDiffusionSource, _ traits: StableDiffusionTraits) throws {
        (isXL, device) = (traits.hasSizes, source.device)
        let parts = [(1, ModelPart.textEncoder), (2, .textEncoder2)].filter { files.parts.contains($0.1) }
        let learned = try source.options.embeddings.map { try TextualInversionFile(opening: $0) }
        encoders = try parts.map { number, part in
            let configuration = try CLIPTextConfiguration(
                json: files.configuration(of: part), named: "\(part.rawValue)/config.json")
            let encoder = Encoder(
                tokenizer: try Self.tokenizer(number, files, source),
                network: try CLIPTextTransformer(source.scope(part, of: files), configuration))
            return try encoder.learning(learned, part)
        }
        guard !encoders.isEmpty else { throw PipelineError.unusableModel(reason: "it has no text encoder") }
    }

    /// The tokenizer in the model's folder; for a single file CLIP's own.
    private static func tokenizer(
        _ number: Int, _ files: ModelFiles, _ source: StableDiffusionSource
    ) throws -> CLIPTokenizer {
        let folder = files.url.appending(path: number == 2 ? "tokenizer_2" : "tokenizer")
        if FileManager.default.fileExists(atPath: folder.path) { return try CLIPTokenizer(folder: folder) }
        guard let merges = source.options.vocabulary, let bytes = try? Data(contentsOf: merges) else {
            throw PipelineError.missingVocabulary(source.options.vocabulary)
        }
        return try CLIPTokenizer(
            merges: bytes, settings: CLIPTokenizerSettings(padding: files.paddingToken(of: number)))
    }

    /// The number of states that `clip skip` can count.
    var depth: Int { encoders.map(\.network.configuration.layers).min() ?? 0 }

    /// A prompt's ids, a list of chunks for each encoder.
    ///
    /// - Parameters:
    ///   - spans: text and weights.
    ///   - isCut: true to cut off what does not fit into one chunk, as the pipelines of diffusers do.
    /// - Returns: as many lists as there are encoders.
    func chunks(of spans: [PromptSpan], isCut: Bool) -> [[PromptChunk]] {
        encoders.map { encoder in
            isCut
                ? [encoder.tokenizer.chunk(cutting: spans.map(\.text).joined())]
                : encoder.tokenizer.chunks(of: spans)
        }
    }

    /// Prompts with empty chunks behind the short ones, so that all are of one length.
    func evened(_ prompts: [[[PromptChunk]]]) -> [[[PromptChunk]]] {
        let most = prompts.joined().map(\.count).max() ?? 1
        return prompts.map { prompt in
            zip(prompt, encoders).map { chunks, encoder in
                chunks + repeatElement(encoder.tokenizer.emptyChunk, count: most - chunks.count)
            }
        }
    }

    /// The states of a prompt; those of prompts read lately are remembered.
    ///
    /// - Parameters:
    ///   - chunks: a list of chunks for each encoder.
    ///   - skip: which state is taken, counted from the end; nil takes the last one, for XL the last but one.
    /// - Returns: the states of all encoders side by side.
    /// - Throws: `NetworkError`, `TensorError`.
    func encode(_ chunks: [[PromptChunk]], skip: Int?) throws -> EncodedPrompt {
        let key = Key(chunks: chunks, skip: skip)
        if let found = known.withLock({ $0.first { $0.key == key } }) { return found.encoded }
        var states: [Tensor] = []
        var pooled: Tensor?
        for (encoder, chunks) in zip(encoders, chunks) {
            let ids = chunks.flatMap(\.ids)
            let length = encoder.tokenizer.settings.length
            let output = try encoder.network(
                Tensor.indices(ids, shape: [chunks.count, length]).to(device))
            var state = try state(of: output, encoder.network, skip: skip).to(.float32)
            state = try Self.weighted(state, chunks)
            states.append(try state.reshaped(1, chunks.count * length, state.size(2)))
            pooled = try output.projected?.slice(0..<1).to(.float32) ?? pooled
        }
        let encoded = EncodedPrompt(
            embedding: try Tensor.concatenated(states, along: -1), pooled: isXL ? pooled : nil)
        known.withLock {
            $0.append((key, encoded))
            $0.removeFirst(max(0, $0.count - Self.mostKnown))
        }
        return encoded
    }

    /// XL takes a state as it is, the others through the final norm.
    private func state(
        of output: CLIPTextOutput, _ network: CLIPTextTransformer, skip: Int?
    ) throws -> Tensor {
        let states = output.hiddenStates
        if isXL { return states[max(0, states.count - (skip ?? 2))] }
        guard let skip, skip > 1 else { return output.last }
        return try network.finalNorm(states[max(0, states.count - skip)])
    }

    /// States times the weights of their tokens, brought back to the mean that the chunk had, as users of A1111 know it.
    private static func weighted(_ states: Tensor, _ chunks: [PromptChunk]) throws -> Tensor {
        guard !chunks.allSatisfy(\.isPlain) else { return states }
        return try Tensor.concatenated(
            chunks.enumerated().map { index, chunk in
                let own = try states.slice(index..<index + 1)
                guard !chunk.isPlain else { return own }
                let weights = try Tensor(chunk.weights, shape: [1, chunk.weights.count, 1]).to(own.device)
                let heavy = try own * weights
                let (before, after) = try (own.mean().item(), heavy.mean().item())
                return after == 0 ? heavy : try heavy * (before / after)
            })
    }
}
