// The stable ids of the operator log. tests/lint checks that each id used in the code stands here with an
// operator's sentence.
#pragma once

#include <string_view>

namespace mockfleet::base::log {

struct log_id {
    std::string_view id;
    std::string_view meaning; ///< what it means and what to do, for the manual page
};

inline constexpr log_id log_ids[] = {
    {"control-call-failed",
     "A bug: a control call ended with an exception; the caller got 500. Please report the line."},
    {"plugin-event-lost",
     "A backend reported a change that could not be taken, for want of memory; this node may be behind."},
    {"plugin-lost",
     "A plugin says that it is beyond repair. The program becomes unready and ends; see the reason."},
    {"plugin-says", "A line of the plugin named; its documentation explains it."},
    {"plugin-slow-call",
     "A plugin that declares itself non-blocking held a server thread for more than 10 ms. Tell its author."},
    {"plugin-stale-completion",
     "A plugin answered one call twice or after it was given up; ignored. Tell its author."},
    {"plugin-stop-failed",
     "A plugin did not end in time; the program ends without closing it. See the cause."},
    {"plugin-stuck-call", "A plugin has not answered a call for long: look at what it depends on."},
    {"plugin-threw",
     "A plugin let an exception out; the call failed with an internal error. Tell its author."},
    {"plugin-timer-failed", "A plugin's delayed work could not be scheduled, for want of memory."},
    {"plugin-timer-threw",
     "A plugin's delayed work let an exception out; the work is dropped. Tell its author."},
    {"expectation-pattern-literal",
     "A pattern of the expectation named is no regular expression that Java would accept; it is compared as "
     "plain text, as the original does. Correct it if an expression was meant."},
    {"blob-restore-late",
     "The document of persisted expectations could not be read within blobStoreRestoreTimeoutSeconds. The "
     "server goes on without it and loads it as soon as the blob store answers, before it writes anything."},
    {"blob-restored", "The document of persisted expectations was read from the blob store."},
    {"files-not-loaded",
     "A file in the blob store cannot become a stored file of this server; see the key and the reason. It is "
     "left as it is."},
    {"files-restore-late",
     "The stored files could not be read from the blob store within blobStoreRestoreTimeoutSeconds. The "
     "server goes on without them and loads them as soon as the blob store answers; files that clients have "
     "stored or deleted meanwhile stay as they are."},
    {"files-restored", "Stored files were read from the blob store."},
    {"initialization-changed", "A watched initialisation file has changed; the line says what it led to."},
    {"initialization-entry",
     "An entry of a file of expectations cannot be used; the line says where it stands and why. The others "
     "are "
     "loaded. Correct it and load the file again, by watchInitializationJson or a restart."},
    {"initialization-failed", "A changed initialisation file could not be taken over because the state "
                              "backend refused it; see the error."},
    {"initialization-gone",
     "A watched file of expectations was removed or renamed; they stay. Put it back, or [] into it."},
    {"initialization-kept",
     "A watched initialisation file has changed and has entries that cannot be used, so "
     "that nothing of it was taken over. Correct the entries named before."},
    {"initialization-loaded", "The expectations of a file are in effect."},
    {"initialization-none",
     "initializationJsonPath matches no file, so nothing was loaded; check the path and "
     "the working directory."},
    {"initialization-outdated",
     "This node joins a fleet that has expectations; what the node had persisted before is older and is not "
     "loaded."},
    {"persistence-failed",
     "Changes of what is persisted could not be written, usually because the disk is full or not writable, "
     "or "
     "the blob store does not answer; see the error. Mocking goes on; with persistDurability=acknowledged "
     "clients whose changes must be on disk get 503. Writing is tried again until it works."},
    {"persistence-incomplete", "The server ended before all changes were in the persisted document. Those in "
                               "a journal are taken over by "
                               "the next start; the others are lost."},
    {"persistence-journal-damaged",
     "The journal beside the persisted file was changed by something other than a crash: a disk error, or an "
     "editor. The changes before the damage were taken over; the original is kept under the name given."},
    {"persistence-kept-aside", "The file of persisted expectations has entries that cannot be used. The good "
                               "ones are in effect; the original is kept under the name given."},
    {"recorded-kept-aside", "The file or document of recorded expectations held those of an earlier run. "
                            "This run writes its own; the "
                            "earlier ones are kept under the name given."},
    {"persistence-not-loaded",
     "Persisted expectations of an earlier run exist and are not loaded. To load them, set "
     "initializationJsonPath to the same file; the original is kept under the name given."},
    {"persistence-recovered",
     "The last run ended without writing its file (a crash or a power loss); what it "
     "had confirmed was taken from the journal."},
    {"persistence-works-again", "Writing what is persisted works again after a failure."},
    {"pattern-given-up", "A regular expression backtracked so long on a request that it was given up (about "
                         "20 ms) and counted as no "
                         "match. Make it more definite: no repetition within a repetition."},
    {"expectation-undo-failed", "An upsert of many expectations failed half-way and the backend did not let "
                                "the first half be taken back; check its log, then post the array again."},
    {"expectation-unreadable", "An entry of the space `expectations` in the state backend is damaged or was "
                               "written by another program; it is not served. Remove or repost it."},
    {"expectations-backend-failed",
     "The state backend did not answer a removal of expectations that are used up, expired or beyond "
     "maxExpectations; the next change tries again."},
    {"shared-state-unread",
     "The state backend did not let this node read what was changed. It tries again several times a second, "
     "and answers 503 meanwhile if it was cut off; look at the error if the line comes again and again."},
    {"shared-state-unreadable",
     "The state backend has an entry that it does not hand out to this node: it was written by a newer "
     "version "
     "of the program, or is damaged, or this node is not allowed to read it. Upgrade the node or see to its "
     "permissions; or post or remove the entry again. Told once per entry."},
    {"accept-failed", "A connection could not be accepted, usually for want of file descriptors; raise the "
                      "limit (LimitNOFILE)."},
    {"connection-failed", "A bug, or no memory left: the connection was ended, all others go on. Without a "
                          "shortage of memory please "
                          "report the line."},
    {"io-failed", "A bug, or no memory left: a piece of work on an I/O thread was given up. Without a "
                  "shortage of memory please "
                  "report the line."},
    {"drain-cut-off",
     "A stop did not wait any longer; the line says how many running requests got no answer. Raise "
     "stopDrainMillis if they should have had one."},
    {"request-failed",
     "A bug: handling a request ended with an exception; the client got 500. Please report the line."},
    {"configuration-name-unknown",
     "PUT /mockserver/configuration named a property that does not exist; check the spelling."},
    {"configuration-without-effect",
     "PUT /mockserver/configuration changed a property whose feature this version does not have, or that is "
     "read at the start only: then set it there and restart."},
    {"backend-not-stopped",
     "A backend did not end in time at a stop; the line names it and the calls that were outstanding."},
    {"configuration",
     "A setting that has no effect or looks like a mistake; the line says which and where it was set."},
    {"fleet-clock", "The clocks of other nodes could not be read at start; they are read again every second. "
                    "Until then the order "
                    "of requests on different machines may not be known."},
    {"scenario-not-forgotten",
     "The state of a scenario that no expectation uses any more could not be removed from the "
     "state backend; harmless, a reset removes it."},
    {"scenario-timer-failed",
     "A timed move of a scenario could not be made by this node, usually because the state "
     "backend did not answer; see the error."},
    {"scenario-timer-unreadable",
     "A planned move of a scenario in the state backend is damaged or was written by "
     "another program; it is not made. Set the scenario's state again."},
    {"use-not-given-back",
     "A limited expectation was changed while a request was counted, the new one does not match the request, "
     "and the state backend did not take the use back: it answers once less. Post it again if that matters."},
    {"times-not-shared",
     "The state backend has no counters for the whole fleet: limited expectations are counted by "
     "each node for itself. Use the replicated backend, or set clusterSharedTimesEnabled=false."},
    {"stop-incomplete",
     "Control calls still waited for the backend when the server had to end; the line before names "
     "the calls that the backend did not answer."},
    {"stopping",
     "A stop was asked for by signal or by the stop endpoint; running requests are finished first."},
    {"stopped", "All connections are closed and the backends are shut down."},
};

} // namespace mockfleet::base::log
