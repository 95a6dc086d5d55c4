import Foundation
import Tensors

/// Which words a head of the text transformer looks at.
///
/// Which thing stands left is told by the order of words alone. With heads that look everywhere and learned places, a
/// text transformer stays a bag of words for very long; heads that look in one direction find "the words before *left
/// of*" in their first layer. (Directional self-attention: Shen et al. 2018, arXiv 1709.04696; distance as a bias: Press
/// et al. 2022, arXiv 2108.12409.)
enum ReadingDirection: Int, CaseIterable {
    /// The word itself and those before it.
    case back
    /// The word itself and those after it.
    case ahead
    /// Mostly its neighbours: one less for each word of distance.
    case near
    /// All words alike.
    case everywhere

    /// The directions of all heads, which take turns, as a bias of attention scores: `[1, heads, tokens, tokens]`.
    static func bias(heads: Int, tokens: Int, on device: Device) throws -> Tensor {
        var values: [Float] = []
        for head in 0..<heads {
            let direction = allCases[head % allCases.count]
            for query in 0..<tokens {
                values += (0..<tokens).map { direction.bias(distance: $0 - query) }
            }
        }
        return try Tensor(values, shape: [1, heads, tokens, tokens]).to(device)
    }

    /// What is added to the score of a word that stands so many words further on.
    private func bias(distance: Int) -> Float {
        switch self {
        case .back: distance <= 0 ? 0 : -.infinity
        case .ahead: distance >= 0 ? 0 : -.infinity
        case .near: -Float(abs(distance))
        case .everywhere: 0
        }
    }
}
