import Checkpoints
import Datasets
import DurableFiles
import Foundation
import Layers
import Networks
import Tensors
import WeightFiles

/// Pictures → latents, in single precision, one picture at a time so that memory does not grow with the batch.
struct LatentEncoder {
    private let autoencoder: KLAutoencoder
    /// Where moments are kept, and what decides them besides the picture.
    private let kept: (cache: LatentCache, encoder: String)?
    private let seed: UInt64
    private let device: Device

    /// Opens a model's autoencoder; `cache` keeps what it says of pictures.
    init(_ url: URL, seed: UInt64, cache: LatentCache? = nil, device: Device) throws {
        let files = try ModelFiles(opening: url, weightType: .float32)
        let json = try files.configuration(of: .autoencoder)
        let source = FrozenParameters(
            PlacedParameters(try files.parameters(of: .autoencoder), on: device))
        autoencoder = try KLAutoencoder(
            ParameterScope(source), AutoencoderConfiguration(json: json, named: "vae/config.json"))
        kept = try cache.map { ($0, try Self.identity(source.tensors, json) + " in fp32 on \(device)") }
        (self.seed, self.device) = (seed, device)
    }

    /// The SHA-256 of an autoencoder's settings and weights.
    private static func identity(_ weights: [ParameterPath: Tensor], _ json: Data) throws -> String {
        var hash = SHA256()
        func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { hash.add($0) } }
        add(Array(json))
        for (name, tensor) in weights.map({ ($0.description, $1) }).sorted(by: { $0.0 < $1.0 }) {
            add(Array("\n\(name) \(tensor.shape)\n".utf8))
            add(try tensor.bytes())
        }
        return hash.hexadecimal()
    }

    /// Bytes that the moments of a square picture of so many pixels a side take in the cache.
    func keptBytes(side: Int) -> Int {
        let (latent, channels) = (
            side / autoencoder.configuration.downscaling, autoencoder.configuration.latentChannels
        )
        return LatentCache.byteCount(channels: channels, width: latent, height: latent)
    }

    /// Latents drawn from what the autoencoder says of each picture, scaled as the U-Net knows them; a place in the
    /// run's order has its own random numbers.
    ///
    /// - Returns: `[count, channels, height, width]`, on the CPU.
    func latents(of batch: HostBatch) throws -> Tensor {
        let pictures = try batch.samples()
        return try Autograd.disabled {
            try Tensor.concatenated(
                (0..<batch.count).map { index in
                    let moments = try moments(
                        batch, index, picture: { try pictures.slice(index..<index + 1) })
                    var random = try RandomStream(
                        seed: RandomStream.derivedSeed(seed, purpose: "latent", index: batch.start + index))
                    let (mean, logVariance) = try (moments.slice(0..<1), moments.slice(1..<2))
                    let noise = try random.normal(Array(mean.shape.dropFirst()))
                    let drawn = try mean + (logVariance * 0.5).exp() * noise
                    return try autoencoder.latent(of: drawn)
                }
            ).channelsLast()
        }
    }

    /// Means and logarithms of variances of one picture, `[2, channels, height, width]`, row by row on the CPU whether they
    /// come from the cache or not: how numbers lie in memory can decide their last bit.
    private func moments(_ batch: HostBatch, _ index: Int, picture: () throws -> Tensor) throws -> Tensor {
        func made() throws -> Tensor {
            let (mean, logVariance) = try autoencoder.encode(picture().to(device))
            return try Tensor.concatenated([mean, logVariance]).to(.cpu, .float32).contiguous()
        }
        guard let kept else { return try made() }
        let size = 3 * batch.width * batch.height
        let record = try kept.cache.moments(
            of: batch.pixels[index * size..<(index + 1) * size], width: batch.width, height: batch.height,
            encoder: kept.encoder, named: "example \(batch.start + index)"
        ) {
            let made = try made()
            guard let record = TensorRecord(type: .float32, shape: made.shape, bytes: try made.bytes()) else {
                preconditionFailure("a tensor has as many bytes as its shape says")
            }
            return record
        }
        return try record.bytes.withUnsafeBytes {
            try Tensor(bytes: $0, shape: record.shape, dtype: .float32)
        }
    }
}
