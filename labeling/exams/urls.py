from django.urls import path

from labeling.exams.views import requirements, taking

ATTEMPT = "tests/attempts/<uuid:pk>/"

# What candidates take is called a test in front of them, and an exam in front of managers.
urlpatterns = [
    path("tests/", taking.index, name="tests"),
    path("tests/<int:pk>/", taking.show, name="test"),
    path("tests/<int:pk>/begin/", taking.begin, name="test_begin"),
    path("tests/<int:pk>/practice/", taking.practice, name="test_practice"),
    path(ATTEMPT, taking.attempt, name="attempt"),
    path(f"{ATTEMPT}begin/", taking.begin_part, name="attempt_part"),
    path(f"{ATTEMPT}answers/<int:item>/", taking.answer, name="attempt_answer"),
    path(f"{ATTEMPT}parts/<int:number>/finish/", taking.finish, name="attempt_finish"),
    path("projects/<slug:slug>/qualifications/", requirements.index, name="requirements"),
    path("projects/<slug:slug>/qualifications/<int:requirement>/end/", requirements.end, name="requirement_end"),
]
