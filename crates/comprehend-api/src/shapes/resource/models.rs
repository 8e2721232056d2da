//! The operations that the two families of models have in common.

/// The requests and answers about the models of a family, except for the request that makes one and the properties of
/// one: the same members everywhere, each an operation of its own.
macro_rules! model_requests {
    (
        $name:ident as $name_member:literal, $arn:ident: $arn_rule:path as $arn_member:literal;
        $created:ident,
        $describe:ident = $describe_operation:literal -> $described:ident { $described_member:ident: $properties:ident },
        $list:ident = $list_operation:literal where $filter:ident -> $listed:ident { $listed_member:ident },
        $summarize:ident = $summarize_operation:literal
            -> $summarized:ident { $summarized_member:ident: $summary:ident },
        $stop:ident = $stop_operation:literal,
        $delete:ident = $delete_operation:literal $(,)?
    ) => {
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $created {
            pub $arn: String,
        }

        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $described {
            pub $described_member: $properties,
        }

        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $listed {
            pub $listed_member: Vec<$properties>,
            #[serde(skip_serializing_if = "Option::is_none")]
            pub next_token: Option<String>,
        }

        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $summary {
            pub $name: String,
            pub number_of_versions: u32,
            /// Seconds since 1970.
            pub latest_version_created_at: f64,
            #[serde(skip_serializing_if = "Option::is_none")]
            pub latest_version_name: Option<String>,
            pub latest_version_status: $crate::shapes::resource::ModelStatus,
        }

        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $summarized {
            pub $summarized_member: Vec<$summary>,
            #[serde(skip_serializing_if = "Option::is_none")]
            pub next_token: Option<String>,
        }

        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $filter {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub status: Option<$crate::shapes::resource::ModelStatus>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $name: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub submit_time_before: Option<f64>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub submit_time_after: Option<f64>,
        }

        static FILTER: $crate::validate::Shape = $crate::validate::Shape {
            members: &[
                $crate::validate::optional("Status", $crate::shapes::resource::MODEL_STATUS),
                $crate::validate::optional($name_member, $crate::shapes::common::RESOURCE_NAME),
                $crate::validate::optional("SubmitTimeBefore", $crate::validate::Rule::Timestamp),
                $crate::validate::optional("SubmitTimeAfter", $crate::validate::Rule::Timestamp),
            ],
        };

        $crate::shapes::resource::filtered_list_request! { $list = $list_operation, $filter, FILTER }

        impl $list {
            /// The one filter that is set, if any.
            pub fn filter(
                &self,
            ) -> Result<
                Option<$crate::shapes::resource::ResourceFilter<$crate::shapes::resource::ModelStatus>>,
                $crate::ApiError,
            > {
                use $crate::shapes::resource::ResourceFilter;

                let filter = self.filter.clone().unwrap_or_default();
                let members = [
                    filter.status.map(ResourceFilter::Status),
                    filter.$name.map(ResourceFilter::Name),
                    ResourceFilter::created_before(filter.submit_time_before),
                    ResourceFilter::created_after(filter.submit_time_after),
                ];
                ResourceFilter::single(members, $crate::ErrorCode::InvalidFilterException)
            }
        }

        $crate::shapes::resource::list_request! { $summarize = $summarize_operation }

        $crate::shapes::resource::arn_requests! {
            $arn: $arn_rule as $arn_member;
            $describe = $describe_operation,
            $stop = $stop_operation,
            $delete = $delete_operation,
        }
    };
}
pub(in crate::shapes) use model_requests;
