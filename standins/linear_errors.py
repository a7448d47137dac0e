"""Linear's errors: they come in the body, most of them with HTTP 200."""

from typing import Any

from graphql import GraphQLError


def extensions(kind: str, code: str, *, status: int, told: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "code": code,
        "statusCode": status,
        "userError": True,
        "userPresentableMessage": told,
        **more,
    }


def argument_error(name: str, constraint: str, problem: str) -> GraphQLError:
    """An argument that the schema takes and the service does not."""
    details = [{"property": name, "constraints": {constraint: problem}}]
    return GraphQLError(
        "Argument Validation Error",
        extensions=extensions(
            "invalid input",
            "INVALID_INPUT",
            status=400,
            told=f"{problem}.",
            validationErrors=details,
        ),
    )


def not_found(entity: str) -> GraphQLError:
    """Not found has no type of its own; the message begins with these words."""
    return GraphQLError(
        f"Entity not found: {entity}",
        extensions=extensions(
            "invalid input",
            "INPUT_ERROR",
            status=400,
            told=f"Could not find referenced {entity}.",
        ),
    )
