from django.urls import path

from labeling.exams.views import grading, holding, items, managing, parts, requirements, taking

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
    path("exams/", managing.index, name="exams"),
    path("exams/new/", parts.new, name="exam_new"),
    path("exams/new/text/", managing.new, name="exam_new_text"),
    path("exams/grading/", grading.index, name="grading"),
    path("exams/grading/<int:pk>/", grading.grade, name="grade"),
    path("exams/<int:pk>/", managing.show, name="exam"),
    path("exams/<int:pk>/edit/", managing.edit, name="exam_edit"),
    path("exams/<int:pk>/head/", parts.head, name="exam_head"),
    path("exams/<int:pk>/parts/new/", parts.part, name="exam_part_new"),
    path("exams/<int:pk>/parts/<int:number>/", parts.part, name="exam_part"),
    path("exams/<int:pk>/parts/<int:number>/move/", parts.move, name="exam_part_move"),
    path("exams/<int:pk>/put-back/", parts.put_back, name="exam_put_back"),
    path("exams/<int:pk>/publish/", managing.publish, name="exam_publish"),
    path("exams/<int:pk>/retire/", managing.retire, name="exam_retire"),
    path("exams/<int:pk>/discard/", managing.discard, name="exam_discard"),
    path("exams/<int:pk>/parts/<int:number>/items/<int:place>/", items.edit, name="exam_item"),
    path("exams/<int:pk>/parts/<int:number>/items/<int:place>/move/", items.move, name="exam_item_move"),
    path("exams/<int:pk>/results/", managing.results, name="exam_results"),
    path("projects/<slug:slug>/qualifications/", requirements.index, name="requirements"),
    path("projects/<slug:slug>/qualifications/<int:requirement>/end/", requirements.end, name="requirement_end"),
    path("people/<int:pk>/qualifications/", holding.of_person, name="holding"),
    path("people/<int:pk>/qualifications/<int:grant>/take-back/", holding.take_back, name="take_back"),
]
