//! Where whisper computes, of what the settings say and the machine has.

use super::device::Device;
use super::model::ModelError;

/// Where that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The processor.
    Processor,
    /// The GPU of this name.
    Gpu(String),
}

impl Device {
    /// Looks for a GPU unless none is wanted.
    ///
    /// # Errors
    /// A GPU is wanted, and there is none.
    pub(super) fn place(self) -> Result<Place, ModelError> {
        self.of(cfg!(feature = "cuda"), super::ffi::gpu)
    }

    fn of(self, built: bool, gpu: impl FnOnce() -> Option<String>) -> Result<Place, ModelError> {
        if self == Self::Cpu {
            return Ok(Place::Processor);
        }
        match gpu().filter(|_| built) {
            Some(gpu) => Ok(Place::Gpu(jarvis_domain::text::line(&gpu, 80))),
            None if self == Self::Auto => Ok(Place::Processor),
            None if built => Err(ModelError::NoGpu("no GPU is seen that CUDA can compute on")),
            None => Err(ModelError::NoGpu("this program was built without CUDA")),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Processor => f.write_str("on the processor"),
            Self::Gpu(name) => write!(f, "on the GPU {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::Explain;

    use super::*;

    #[test]
    fn a_gpu_is_taken_where_it_is_there_and_missed_where_it_was_asked_for() {
        let one = || Some("NVIDIA T4\n".to_owned());
        let gpu = Place::Gpu("NVIDIA T4".to_owned());
        let place = |device: Device, built, there: bool| {
            device.of(built, || one().filter(|_| there)).map_err(|error| error.to_string())
        };
        assert_eq!(place(Device::Auto, true, true), Ok(gpu.clone()));
        assert_eq!(place(Device::Cuda, true, true), Ok(gpu));
        for (device, built, there) in
            [(Device::Auto, true, false), (Device::Auto, false, true), (Device::Cpu, true, true)]
        {
            assert_eq!(place(device, built, there), Ok(Place::Processor), "{device:?}");
        }
        assert!(place(Device::Cuda, true, false).unwrap_err().contains("no GPU is seen"));
        assert!(place(Device::Cuda, false, true).unwrap_err().contains("without CUDA"));
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_build_without_cuda_says_so_with_a_way_out() {
        assert_eq!(Device::Auto.place().unwrap(), Place::Processor);
        let fault = Device::Cuda.place().unwrap_err().fault();
        assert_eq!(fault.code, "voice-whisper-cuda");
        assert!(fault.hint.contains("device: auto"), "{fault}");
    }
}
