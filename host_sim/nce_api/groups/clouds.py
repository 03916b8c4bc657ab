"""`client.clouds`: integrations with clouds."""

from nce_api.calls import Call, Pages
from nce_api.method import Group, M, call, pages
from nce_api.models.clouds import (
    CloudFormationParameters,
    EventDescriptions,
    Integration,
    IntegrationDetails,
    IntegrationTest,
    IntegrationUpdate,
    NewAwsIntegration,
    NewWebhook,
    RestartedIntegration,
)


class Clouds(Group[M]):
    """Integrations with clouds."""

    @call("clouds.aws_parameters")
    def aws_parameters(self) -> Call[CloudFormationParameters]:
        """The versions of the stack for AWS."""
        return Call()

    @call("clouds.restart_aws")
    def restart_aws(self, integration_id: str) -> Call[RestartedIntegration]:
        """Restart an integration with AWS that failed."""
        return Call(integration_id)

    @call("clouds.test_aws")
    def test_aws(self, integration_id: str) -> Call[IntegrationTest]:
        """Send a test message to AWS."""
        return Call(integration_id)

    @call("clouds.create_aws")
    def create_aws(self, integration: NewAwsIntegration) -> Call[IntegrationDetails]:
        """Integrate with AWS IoT Core."""
        return Call(body=integration)

    @call("clouds.delete")
    def delete(self, integration_id: str) -> Call[None]:
        """Delete an integration."""
        return Call(integration_id)

    @call("clouds.get")
    def get(self, integration_id: str) -> Call[IntegrationDetails]:
        """One integration."""
        return Call(integration_id)

    @call("clouds.update")
    def update(self, integration_id: str, update: IntegrationUpdate) -> Call[IntegrationDetails]:
        """Change an integration of any kind."""
        return Call(integration_id, body=update)

    @pages("clouds.list")
    def list(self) -> Pages[Integration]:
        """All integrations."""
        return Pages()

    @call("clouds.event_types")
    def event_types(self) -> Call[EventDescriptions]:
        """The events that an integration can be sent."""
        return Call()

    @call("clouds.create_webhook")
    def create_webhook(self, webhook: NewWebhook) -> Call[IntegrationDetails]:
        """Integrate by webhook."""
        return Call(body=webhook)

    @call("clouds.update_webhook")
    def update_webhook(
        self, integration_id: str, update: IntegrationUpdate
    ) -> Call[IntegrationDetails]:
        """Change a webhook."""
        return Call(integration_id, body=update)

    @call("clouds.restart_webhook")
    def restart_webhook(self, integration_id: str) -> Call[RestartedIntegration]:
        """Restart a webhook that failed."""
        return Call(integration_id)

    @call("clouds.test_webhook")
    def test_webhook(self, integration_id: str) -> Call[IntegrationTest]:
        """Send a test message to a webhook."""
        return Call(integration_id)
