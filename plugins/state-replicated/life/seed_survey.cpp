// Collects answers of seeds.
#include "life/seed_survey.hpp"

#include <memory>
#include <utility>

namespace mockfleet::replicated {

void ask_seed(seed_probe& probe, const settings& of, std::size_t index, const seed_question& question,
              std::chrono::milliseconds deadline, std::function<void(seed_view)> done) {
    probe.ask(of.seeds[index].ack_address(), encode(question), deadline,
              [index, done = std::move(done)](const seed_reply& reply) {
                  seed_view view{
                      .index = index, .refused = reply.refused, .trouble = reply.reason, .answer = {}};
                  if (reply.answered) {
                      auto read = decode_seed_answer(reply.payload);
                      view.answered = read.has_value();
                      if (read)
                          view.answer = std::move(*read);
                      else
                          view.trouble = "answers in a form that this version does not know";
                  }
                  done(std::move(view));
              });
}

void survey(seed_probe& probe, const settings& of, std::chrono::milliseconds deadline,
            std::function<void(std::vector<seed_view>)> done) {
    struct collection {
        std::size_t left = 0;
        std::vector<seed_view> views;
        std::function<void(std::vector<seed_view>)> done;
    };
    const auto shared = std::make_shared<collection>();
    shared->done = std::move(done);
    shared->left = of.seeds.size() - 1;
    if (shared->left == 0) {
        shared->done({});
        return;
    }
    const seed_question question{.cluster = of.cluster_name, .name = of.own_name, .peer_url = {}};
    for (std::size_t i = 0; i < of.seeds.size(); ++i) {
        if (i == of.self) continue;
        ask_seed(probe, of, i, question, deadline, [shared](seed_view view) {
            shared->views.push_back(std::move(view));
            if (--shared->left == 0) shared->done(std::move(shared->views));
        });
    }
}

} // namespace mockfleet::replicated
