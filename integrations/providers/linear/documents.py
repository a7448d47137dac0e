"""Every question asked of Linear. Lists are flat and bounded, because a query is priced by the
length its lists may have, and archived records are always asked for: done work is archived.
"""

from typing import Final

IDENTITY: Final = """
query Identity {
  viewer { id name email timezone }
  organization { id name urlKey }
}
"""

TEAMS: Final = """
query Teams($filter: TeamFilter, $first: Int!, $after: String) {
  teams(filter: $filter, first: $first, after: $after, includeArchived: true) {
    nodes { id key name archivedAt }
    pageInfo { hasNextPage endCursor }
  }
}
"""

PROJECTS: Final = """
query Projects($filter: ProjectFilter, $first: Int!, $after: String) {
  projects(filter: $filter, first: $first, after: $after, includeArchived: true) {
    nodes { id slugId name archivedAt }
    pageInfo { hasNextPage endCursor }
  }
}
"""

PROJECT_NAMES: Final = """
query ProjectNames($filter: ProjectFilter, $first: Int!) {
  projects(filter: $filter, first: $first, orderBy: updatedAt, includeArchived: true) {
    nodes { id name }
    pageInfo { hasNextPage endCursor }
  }
}
"""

INITIATIVES: Final = """
query Initiatives($filter: InitiativeFilter, $first: Int!, $after: String) {
  initiatives(filter: $filter, first: $first, after: $after, includeArchived: true) {
    nodes { id slugId name archivedAt }
    pageInfo { hasNextPage endCursor }
  }
}
"""

INITIATIVE_PROJECTS: Final = """
query InitiativeProjects($id: String!, $first: Int!, $after: String) {
  initiative(id: $id) {
    projects(first: $first, after: $after, includeArchived: true) {
      nodes { id }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""

STATES: Final = """
query States($filter: WorkflowStateFilter, $first: Int!, $after: String) {
  workflowStates(filter: $filter, first: $first, after: $after, includeArchived: true) {
    nodes { id name type }
    pageInfo { hasNextPage endCursor }
  }
}
"""

ISSUES: Final = """
query Issues($filter: IssueFilter, $first: Int!, $after: String) {
  issues(
    filter: $filter, first: $first, after: $after, orderBy: updatedAt, includeArchived: true
  ) {
    nodes {
      id identifier title url estimate
      createdAt updatedAt completedAt archivedAt trashed
      state { id name type }
      team { id key }
      project { id name }
      parent { id identifier }
      labels(first: 20, includeArchived: true) {
        nodes { name }
        pageInfo { hasNextPage }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""

ISSUE_IDS: Final = """
query IssueIds($filter: IssueFilter, $first: Int!, $after: String) {
  issues(filter: $filter, first: $first, after: $after, includeArchived: true) {
    nodes { id trashed }
    pageInfo { hasNextPage endCursor }
  }
}
"""

ALL: Final = {
    "Identity": IDENTITY,
    "Teams": TEAMS,
    "Projects": PROJECTS,
    "ProjectNames": PROJECT_NAMES,
    "Initiatives": INITIATIVES,
    "InitiativeProjects": INITIATIVE_PROJECTS,
    "States": STATES,
    "Issues": ISSUES,
    "IssueIds": ISSUE_IDS,
}
