#pragma once
/* The dependencies between the programs of a project. */

#include "engine/project.h"
#include "report/graph.h"

/* Fills in what is drawn: the programs of all databases, one after the other, with what is between
 * them. Once for a project: it chains the lists of the databases. Returns the programs, which the
 * graph needs; owned by the caller. */
GPtrArray *project_graph(struct project *project, struct graph *graph);
