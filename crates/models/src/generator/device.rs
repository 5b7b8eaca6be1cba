//! What computes: the processor, or the GPUs that this build can use and this machine has. Never one in place of the other:
//! what is configured and not there is an error.

use super::vocabulary::backend;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::{LlamaBackendDevice, LlamaBackendDeviceType, list_llama_ggml_backend_devices};
use pagemill_pipeline::Failure;
use serde::Deserialize;

/// Where a model's weights lie and its sums are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    #[default]
    Cpu,
    /// All GPUs that there are; layers are spread over them.
    Gpu,
}

/// Devices that were found, for a model that is configured to run on them.
#[derive(Clone, Debug)]
pub enum Placement {
    Cpu,
    Gpu { devices: Vec<LlamaBackendDevice>, layers: u32 },
}

impl Placement {
    /// Finds what is configured. `layers` of a model go to the GPU, all when it says nothing.
    ///
    /// # Errors
    /// `Stop` when a GPU is wanted and none can be used.
    pub fn find(device: Device, layers: Option<u32>) -> Result<Self, Failure> {
        match device {
            Device::Cpu => Ok(Self::Cpu),
            Device::Gpu => {
                backend()?;
                let devices = gpus(list_llama_ggml_backend_devices())?;
                Ok(Self::Gpu { devices, layers: layers.unwrap_or(u32::MAX) })
            }
        }
    }

    /// Puts the weights there.
    ///
    /// # Errors
    /// `Stop` when there are more GPUs than llama.cpp takes.
    pub fn of_model(&self) -> Result<LlamaModelParams, Failure> {
        let params = LlamaModelParams::default();
        match self {
            Self::Cpu => Ok(params.with_n_gpu_layers(0)),
            Self::Gpu { devices, layers } => {
                let indices: Vec<usize> = devices.iter().map(|device| device.index).collect();
                params
                    .with_n_gpu_layers(*layers)
                    .with_devices(&indices)
                    .map_err(|error| Failure::stop(format!("generator.device is \"gpu\": {error}")))
            }
        }
    }

    /// Has the sums made there. In a build that knows GPUs llama.cpp would use one for long prompts all the same.
    pub fn of_context(&self, params: LlamaContextParams) -> LlamaContextParams {
        let on_gpu = matches!(self, Self::Gpu { .. });
        params.with_offload_kqv(on_gpu).with_op_offload(on_gpu)
    }

    /// Tokens that are read at once. A processor reads no faster when there are more; a GPU does, to a point.
    pub fn batch_tokens(&self) -> usize {
        match self {
            Self::Cpu => 256,
            Self::Gpu { .. } => 512,
        }
    }

    /// For messages: the devices, and the memory they have free.
    pub fn describe(&self) -> String {
        match self {
            Self::Cpu => "the processor".to_owned(),
            Self::Gpu { devices, .. } => {
                let of = |d: &LlamaBackendDevice| {
                    format!("{} {} ({} MiB free)", d.name, d.description, d.memory_free >> 20)
                };
                devices.iter().map(of).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// The GPUs among the devices: cards with memory of their own, else what shares the machine's.
fn gpus(devices: Vec<LlamaBackendDevice>) -> Result<Vec<LlamaBackendDevice>, Failure> {
    let of = |wanted: LlamaBackendDeviceType| {
        devices.iter().filter(|device| device.device_type == wanted).cloned().collect::<Vec<_>>()
    };
    let cards = of(LlamaBackendDeviceType::Gpu);
    let found = if cards.is_empty() { of(LlamaBackendDeviceType::IntegratedGpu) } else { cards };
    if !found.is_empty() {
        return Ok(found);
    }
    let seen: Vec<&str> = devices.iter().map(|device| device.name.as_str()).collect();
    Err(Failure::stop(format!(
        "generator.device is \"gpu\", and llama.cpp finds none here (it sees {}): use a build that knows GPUs (`--features cuda`, \
         `vulkan` or `metal`) on a machine whose driver shows one, or set generator.device = \"cpu\"",
        if seen.is_empty() { "no device".to_owned() } else { seen.join(", ") }
    )))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    fn device(index: usize, name: &str, device_type: LlamaBackendDeviceType) -> LlamaBackendDevice {
        LlamaBackendDevice {
            index,
            name: name.to_owned(),
            description: format!("the {name}"),
            backend: String::new(),
            memory_total: 80 << 30,
            memory_free: 78 << 30,
            device_type,
        }
    }

    #[test]
    fn cards_come_before_what_shares_memory_and_none_is_told() {
        use LlamaBackendDeviceType::{Cpu, Gpu, IntegratedGpu};
        let check = |devices: &[(&str, LlamaBackendDeviceType)], expected: &[usize]| {
            let all = devices.iter().enumerate().map(|(index, (name, kind))| device(index, name, *kind));
            match gpus(all.collect()) {
                Ok(found) => assert_eq!(found.iter().map(|d| d.index).collect::<Vec<_>>(), expected),
                Err(failure) => {
                    assert!(expected.is_empty());
                    let told = failure.to_string();
                    assert!(told.contains("generator.device") && told.contains("CPU"), "{told}");
                }
            }
        };
        check(&[("CUDA0", Gpu), ("CUDA1", Gpu), ("CPU", Cpu)], &[0, 1]);
        check(&[("Vulkan0", IntegratedGpu), ("Vulkan1", Gpu), ("CPU", Cpu)], &[1]);
        check(&[("Vulkan0", IntegratedGpu), ("CPU", Cpu)], &[0]);
        check(&[("CPU", Cpu)], &[]);
    }

    #[test]
    fn the_processor_keeps_all_to_itself() {
        let placed = Placement::find(Device::Cpu, Some(7)).unwrap();
        assert_eq!(placed.of_model().unwrap().n_gpu_layers(), 0);
    }

    #[test]
    fn all_layers_go_to_the_gpu_unless_some_are_named() {
        let on = |layers| Placement::Gpu { devices: Vec::new(), layers };
        assert_eq!(on(u32::MAX).of_model().unwrap().n_gpu_layers(), i32::MAX);
        assert_eq!(on(20).of_model().unwrap().n_gpu_layers(), 20);
    }
}
