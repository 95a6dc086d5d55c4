import Foundation

extension ModelDescribing {
    /// The `scheduler_config.json` of a single file, which has none: that of the published model of the family.
    ///
    /// A single file does not say what its network predicts. As in the reference, Stable Diffusion 2 is taken to predict
    /// velocity, except for inpainting models and for checkpoints that stopped at step 875,000 (`global_step`), which are
    /// those of 2.0-base; all others are taken to predict noise. Marks that some makers leave behind are honoured:
    /// `modelspec.prediction_type` in the metadata, and tensors named `v_pred` and `ztsnr`.
    static func scheduler(
        _ family: ModelFamily, inputChannels: Int, metadata: [String: String], marks: Set<String>
    ) throws -> Data {
        var object: [String: Any] = [
            "beta_end": 0.012,
            "beta_schedule": "scaled_linear",
            "beta_start": 0.00085,
            "clip_sample": false,
            "num_train_timesteps": 1000,
            "prediction_type": "epsilon",
            "set_alpha_to_one": false,
            "skip_prk_steps": true,
            "steps_offset": 1,
        ]
        switch family {
        case .stableDiffusion1, .darkroom: object["_class_name"] = "PNDMScheduler"
        case .stableDiffusion2:
            let isBase = inputChannels == 9 || metadata["global_step"] == "875000"
            object["_class_name"] = inputChannels == 9 ? "PNDMScheduler" : "DDIMScheduler"
            object["prediction_type"] = isBase ? "epsilon" : "v_prediction"
        case .stableDiffusionXL, .stableDiffusionXLRefiner:
            object["_class_name"] = "EulerDiscreteScheduler"
            object["interpolation_type"] = "linear"
            object["sample_max_value"] = 1.0
            object["timestep_spacing"] = "leading"
            object["use_karras_sigmas"] = false
        }
        switch metadata["modelspec.prediction_type"] {
        case "v", "v_prediction": object["prediction_type"] = "v_prediction"
        case "epsilon": object["prediction_type"] = "epsilon"
        default: break
        }
        if marks.contains("v_pred") { object["prediction_type"] = "v_prediction" }
        if marks.contains("ztsnr") { object["rescale_betas_zero_snr"] = true }
        return try JSONFile.text(object)
    }
}
