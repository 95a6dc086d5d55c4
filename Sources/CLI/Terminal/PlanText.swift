import Recipes

/// A plan as people read it.
enum PlanText {
    /// One fact a line.
    static func lines(of plan: GenerationPlan) -> String {
        let memory = plan.memory
        var lines = [
            Figures.label("memory") + Figures.bytes(plan.peakMemoryBytes) + " at most: weights "
                + Figures.bytes(memory.weights) + ", U-Net or transformer " + Figures.bytes(memory.network)
                + ", decoding " + Figures.bytes(memory.decoding) + ", program "
                + Figures.bytes(memory.program)
        ]
        if let available = plan.availableMemoryBytes {
            lines.append(
                Figures.label("available") + Figures.bytes(available)
                    + (plan.fits ? ": it fits" : ": it does not fit"))
        }
        let operations = plan.work.networkOperations / 1e12
        lines.append(
            Figures.label("work") + "\(plan.work.calls) calls of "
                + Figures.fixed(operations, operations < 0.1 ? 4 : 2) + " trillion operations")
        if let seconds = plan.seconds {
            lines.append(
                Figures.label("time") + "about " + Figures.seconds(seconds.total)
                    + " on this machine as it is "
                    + "now (" + Figures.seconds(seconds.call) + " a call, decoding "
                    + Figures.seconds(seconds.decode) + ")")
        }
        lines += plan.changes.map { Figures.label("or") + $0 }
        return lines.joined(separator: "\n")
    }
}
