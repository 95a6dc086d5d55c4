/// As many ids as a text encoder takes at once, with a weight for each.
public struct PromptChunk: Hashable, Sendable {
    /// Start, ids of the text, end, padding.
    public let ids: [Int]
    /// What each id's embedding is multiplied with; 1 for all that is not text.
    public let weights: [Float]
    /// How many of the ids stand for text.
    public let count: Int

    /// True where no embedding is to be changed.
    public var isPlain: Bool { weights.allSatisfy { $0 == 1 } }
}

extension CLIPTokenizer {
    /// The ids of a part of a prompt, as many chunks as it needs; at least one.
    ///
    /// A chunk has room for `settings.length − 2` ids of text, 75. `BREAK` begins a new one. Where one is full within the
    /// words behind a comma, and that comma is among its last `commaReach` ids, those words go over into the next
    /// chunk. The ids of one added token stay together.
    ///
    /// Text of weight 1 that fits into one chunk has the ids of `tokens(of:)`.
    /// - Parameters:
    ///   - spans: text and weights, as `PromptPart.spans`.
    ///   - commaReach: 0 to fill every chunk whatever is cut.
    /// - Returns: chunks of `settings.length` ids.
    public func chunks(of spans: [PromptSpan], commaReach: Int = 20) -> [PromptChunk] {
        let room = max(1, settings.length - 2)
        let comma = id(of: "," + BytePairVocabulary.wordEnd)
        var chunks: [PromptChunk] = []
        var ids: [Int] = []
        var weights: [Float] = []
        var lastComma: Int?
        func finish(keeping count: Int) {
            chunks.append(chunk(ids.prefix(count), weights.prefix(count)))
            ids.removeFirst(count)
            weights.removeFirst(count)
            lastComma = nil
        }
        for span in spans {
            if span.startsChunk { finish(keeping: ids.count) }
            let weight = Float(span.weight)
            for run in runs(of: span.text) {
                if run.id == comma {
                    lastComma = ids.count
                } else if commaReach > 0, ids.count == room, let place = lastComma,
                    ids.count - place <= commaReach
                {
                    finish(keeping: place + 1)
                }
                if ids.count + run.rows > room { finish(keeping: ids.count) }
                for id in run.id..<run.id + min(run.rows, room) {
                    ids.append(id)
                    weights.append(weight.isFinite ? weight : 1)
                }
            }
        }
        if !ids.isEmpty || chunks.isEmpty { finish(keeping: ids.count) }
        return chunks
    }

    /// The chunk of a text, cut to fit into one: what the pipelines of diffusers give a model.
    public func chunk(cutting text: String) -> PromptChunk {
        let ids = encode(text).prefix(max(1, settings.length - 2))
        return chunk(ids, ids.map { _ in 1 }[...])
    }

    /// A chunk without text.
    public var emptyChunk: PromptChunk { chunk([], []) }

    /// Chunks for prompts that are drawn together, all of the same number: short ones get empty chunks behind them.
    public func evened(_ prompts: [[PromptChunk]]) -> [[PromptChunk]] {
        let most = prompts.map(\.count).max() ?? 0
        return prompts.map { $0 + repeatElement(emptyChunk, count: most - $0.count) }
    }

    private func chunk(_ text: ArraySlice<Int>, _ weights: ArraySlice<Float>) -> PromptChunk {
        let free = max(0, settings.length - 2 - text.count)
        return PromptChunk(
            ids: [startID] + text + [endID] + repeatElement(paddingID, count: free),
            weights: [1] + weights + [1] + repeatElement(1, count: free), count: text.count)
    }
}
