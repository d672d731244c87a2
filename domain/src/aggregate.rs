//! The one shape of an aggregate inside cqrs-es: `decide` and `apply`, with no services.

/// Implements `cqrs_es::Aggregate` and [`crate::Stream`] for a type that has `decide` and `fold`.
macro_rules! aggregate {
    ($aggregate:ident, $id:ty, $command:ty, $event:ty, $error:ty, $type:literal) => {
        impl cqrs_es::Aggregate for $aggregate {
            const TYPE: &'static str = $type;
            type Command = $command;
            type Event = $event;
            type Error = $error;
            type Services = ();

            async fn handle(
                &mut self,
                command: Self::Command,
                _services: &Self::Services,
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), Self::Error> {
                for event in self.decide(command)? {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: Self::Event) {
                self.fold(event);
            }
        }

        impl $crate::Stream for $aggregate {
            type Id = $id;
            const KIND: $crate::AggregateType = $crate::AggregateType::$aggregate;

            fn decide(&self, command: $command) -> Result<Vec<$event>, $error> {
                $aggregate::decide(self, command)
            }

            fn of(state: &$crate::State) -> Option<&Self> {
                match state {
                    $crate::State::$aggregate(state) => Some(state),
                    _ => None,
                }
            }

            fn wrap(event: $event) -> $crate::Event {
                $crate::Event::$aggregate(event)
            }
        }
    };
}

/// Implements `cqrs_es::DomainEvent` from a list of variants and their stored names and versions.
macro_rules! event_names {
    ($event:ident { $($variant:ident => $name:literal v $version:literal),+ $(,)? }) => {
        impl $event {
            /// Every stored name with its version, for the tests that hold them to the serde tags.
            pub const NAMES: &'static [(&'static str, &'static str)] = &[$(($name, $version)),+];
        }

        impl cqrs_es::DomainEvent for $event {
            fn event_type(&self) -> String {
                match self { $(Self::$variant { .. } => $name),+ }.to_owned()
            }

            fn event_version(&self) -> String {
                match self { $(Self::$variant { .. } => $version),+ }.to_owned()
            }
        }
    };
}

pub(crate) use {aggregate, event_names};
