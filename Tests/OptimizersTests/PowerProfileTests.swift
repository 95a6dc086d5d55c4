import Foundation
import Layers
import Optimizers
import TestSupport
import Testing

@testable import Tensors

/// Averages of power profiles against their closed forms, and their reconstruction after the fact.
@Suite struct PowerProfileTests {
    @Test func widthAndExponentAreTheClosedForms() {
        #expect(abs(PowerProfile(gamma: 0).sigmaRel - 1 / 12.0.squareRoot()) < 1e-15, "a plain mean")
        #expect(abs(PowerProfile(gamma: 1).sigmaRel - 0.5.squareRoot() / 3) < 1e-15)
        // Karras et al. 2024, section 3.1, give these two.
        #expect(abs(PowerProfile(sigmaRel: 0.05).gamma - 16.97) < 5e-3)
        #expect(abs(PowerProfile(sigmaRel: 0.10).gamma - 6.94) < 5e-3)
        for width in stride(from: 0.01, through: 0.28, by: 0.01) {
            let gamma = PowerProfile(sigmaRel: width).gamma
            #expect(abs(PowerProfile(gamma: gamma).sigmaRel / width - 1) < 1e-12)
            // The cubic that the paper solves: γ³ + 7 γ² + (16 − σ⁻²) γ + 12 − σ⁻² = 0.
            let t = 1 / (width * width)
            let cubic = ((gamma + 7) * gamma + 16 - t) * gamma + 12 - t
            #expect(abs(cubic) < 1e-9 * t * gamma)
        }
        #expect(PowerProfile(sigmaRel: 0.5).gamma < 1e-9, "wider than a plain mean there is none")
        #expect(PowerProfile(sigmaRel: 0).gamma.isFinite)
    }

    /// Integrates by the midpoint rule.
    private func integral(to end: Double, _ f: (Double) -> Double) -> Double {
        let count = 20_000
        let step = end / Double(count)
        return (0..<count).reduce(0) { $0 + f((Double($1) + 0.5) * step) * step }
    }
    private func density(_ moment: PowerProfile.Moment, at time: Double) -> Double {
        let (g, t) = (moment.profile.gamma, moment.imagesSeen)
        return time > t ? 0 : (g + 1) / t * pow(time / t, g)
    }

    @Test(arguments: [0.05, 0.1, 0.2])
    func theWidthIsTheStandardDeviation(width: Double) {
        let moment = PowerProfile.Moment(PowerProfile(sigmaRel: width), imagesSeen: 3)
        let whole = integral(to: 3) { density(moment, at: $0) }
        let mean = integral(to: 3) { density(moment, at: $0) * $0 }
        let square = integral(to: 3) { density(moment, at: $0) * $0 * $0 }
        #expect(abs(whole - 1) < 1e-6)
        #expect(abs((square - mean * mean).squareRoot() / 3 - width) < 1e-6)
    }

    @Test func overlapsAreTheIntegrals() {
        let moments = [(0.05, 2.0), (0.1, 2.0), (0.1, 5.0), (0.2, 3.0)].map {
            PowerProfile.Moment(PowerProfile(sigmaRel: $0.0), imagesSeen: $0.1)
        }
        for (index, one) in moments.enumerated() {
            for other in moments[index...] {
                // Both end where the earlier one does, so the integrand has no jump inside.
                let wanted = integral(to: min(one.imagesSeen, other.imagesSeen)) {
                    density(one, at: $0) * density(other, at: $0)
                }
                #expect(abs(PowerProfile.overlap(one, other) / wanted - 1) < 1e-6)
                #expect(PowerProfile.overlap(one, other) == PowerProfile.overlap(other, one))
            }
        }
    }

    /// Whatever the batches, a value that stood from τ to τ' counts as much as the profile's integral says.
    @Test func updatesAddUpToTheProfile() {
        let profile = PowerProfile(sigmaRel: 0.1)
        let batches = [32, 32, 7, 64, 1, 100, 32]
        let total = batches.reduce(0, +)
        var shares: [Double] = []
        var clock = 0
        for batch in batches {
            clock += batch
            let kept = profile.decay(imagesSeen: clock, batch: batch)
            shares = shares.map { $0 * kept } + [1 - kept]
        }
        clock = 0
        for (share, batch) in zip(shares, batches) {
            let g = profile.gamma + 1
            let wanted =
                pow(Double(clock + batch) / Double(total), g) - pow(Double(clock) / Double(total), g)
            #expect(abs(share - wanted) < 1e-12)
            clock += batch
        }
    }

    @Test func aSnapshotIsReconstructedFromItselfAlone() throws {
        let snapshots = [1000.0, 2000, 3000].flatMap { time in
            [0.05, 0.1].map { PowerProfile.Moment(PowerProfile(sigmaRel: $0), imagesSeen: time) }
        }
        let factors = try PowerProfile.factors(of: snapshots[3], from: snapshots)
        for (index, factor) in factors.enumerated() {
            #expect(abs(factor - (index == 3 ? 1 : 0)) < 1e-6, "\(factors)")
        }
    }

    /// A parameter that wanders, averaged directly and reconstructed from snapshots of two other lengths.
    @Test(arguments: [0.04, 0.075, 0.15, 0.2])
    func reconstructionIsTheDirectAverage(width: Double) throws {
        let store = ParameterStore(from: FreshParameters(seed: 1))
        let leaf = try store.parameter(at: "w", shape: [3], initializer: .zeros)
        let kept = try [0.05, 0.1].map {
            try MovingAverage(store, profile: PowerProfile(sigmaRel: $0))
        }
        let direct = try MovingAverage(store, profile: PowerProfile(sigmaRel: width))
        var (moments, values) = ([PowerProfile.Moment](), [[Double]]())
        let (batch, steps) = (16, 512)
        for step in 1...steps {
            let t = Double(step) / Double(steps)
            let place = [t, sin(9 * t), exp(-3 * t) + 0.1 * cos(40 * t)]
            try Autograd.disabled { try leaf.overwrite(with: Tensor(place, shape: [3])) }
            for average in kept + [direct] { try average.update(imagesSeen: step * batch, batch: batch) }
            guard step.isMultiple(of: 16) else { continue }
            for (average, profile) in zip(kept, [0.05, 0.1].map { PowerProfile(sigmaRel: $0) }) {
                moments.append(.init(profile, imagesSeen: Double(step * batch)))
                values.append(try average.tensors[0].values(as: Double.self))
            }
        }
        let wanted = PowerProfile.Moment(PowerProfile(sigmaRel: width), imagesSeen: Double(steps * batch))
        let factors = try PowerProfile.factors(of: wanted, from: moments)
        #expect(abs(factors.reduce(0, +) - 1) < 1e-2)
        let expected = try direct.tensors[0].values(as: Double.self)
        let latest = try leaf.values(as: Double.self)
        for index in 0..<3 {
            let found = zip(factors, values).reduce(0) { $0 + $1.0 * $1.1[index] }
            // The tolerance is a small part of what averaging changes at all.
            let reach = abs(expected[index] - latest[index])
            #expect(abs(found - expected[index]) < 0.02 * reach + 2e-4, "\(index): \(found), \(expected)")
        }
    }
}
