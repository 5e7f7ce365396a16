from django.urls import path

from labeling.projects.views import cohorts, enrolments, guidelines, model_versions, people, projects, prompts, rounds

AXIS = "projects/<slug:slug>/guidelines/<slug:axis>/"

urlpatterns = [
    path("projects/", projects.index, name="projects"),
    path("projects/new/", projects.new, name="project_new"),
    path("projects/<slug:slug>/", projects.show, name="project"),
    path("projects/<slug:slug>/settings/", projects.settings, name="project_settings"),
    path("projects/<slug:slug>/stop/", projects.stop, name="project_stop"),
    path("projects/<slug:slug>/resume/", projects.resume, name="project_resume"),
    path("projects/<slug:slug>/rounds/new/", rounds.new, name="round_new"),
    path("projects/<slug:slug>/rounds/<int:number>/", rounds.show, name="round"),
    path("projects/<slug:slug>/rounds/<int:number>/policy/", rounds.policy, name="round_policy"),
    path("projects/<slug:slug>/rounds/<int:number>/open/", rounds.open_, name="round_open"),
    path("projects/<slug:slug>/rounds/<int:number>/review/", rounds.review, name="round_review"),
    path("projects/<slug:slug>/rounds/<int:number>/close/", rounds.close, name="round_close"),
    path("projects/<slug:slug>/rounds/<int:number>/discard/", rounds.discard, name="round_discard"),
    path(AXIS, guidelines.index, name="guideline"),
    path(f"{AXIS}new/", guidelines.new, name="guideline_new"),
    path(f"{AXIS}differences/", guidelines.differences, name="guideline_differences"),
    path(f"{AXIS}<int:number>/", guidelines.version, name="guideline_version"),
    path(f"{AXIS}<int:number>/clarify/", guidelines.clarify, name="guideline_clarify"),
    path("projects/<slug:slug>/enrolments/", enrolments.index, name="enrolments"),
    path("projects/<slug:slug>/enrolments/<int:pk>/", enrolments.change, name="enrolment"),
    path("projects/<slug:slug>/enrolments/<int:pk>/end/", enrolments.end, name="enrolment_end"),
    path("projects/<slug:slug>/cohorts/new/", cohorts.new, name="cohort_new"),
    path("projects/<slug:slug>/cohorts/<int:pk>/", cohorts.show, name="cohort"),
    path("projects/<slug:slug>/cohorts/<int:pk>/links/", cohorts.links, name="cohort_links"),
    path("projects/<slug:slug>/cohorts/<int:pk>/people/<int:person>/", people.show, name="cohort_person"),
    path("projects/<slug:slug>/cohorts/<int:pk>/people/<int:person>/leave/", people.leave, name="cohort_person_leave"),
    path("prompts/", prompts.index, name="prompt_sets"),
    path("prompts/new/", prompts.new, name="prompt_set_new"),
    path("prompts/<int:pk>/", prompts.show, name="prompt_set"),
    path("prompts/<int:pk>/add/", prompts.add, name="prompts_add"),
    path("prompts/<int:pk>/remove/<int:prompt>/", prompts.remove, name="prompt_remove"),
    path("models/", model_versions.index, name="model_versions"),
    path("models/new/", model_versions.new, name="model_version_new"),
    path("models/<int:pk>/", model_versions.show, name="model_version"),
]
